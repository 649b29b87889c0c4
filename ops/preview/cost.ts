import type { PolicyResource } from "@pulumi/policy";
import { type MonthlyCost, monthlyCost } from "../../policy/framework/cost";
import { Stack } from "../../policy/framework/stack";
import { readPrices } from "../../sizing/prices";
import type { Registration } from "./monitor";

/** What the registered resources cost a month, counted as the policy `cost-cap` does; undefined where no prices have been read. */
export function costOf(registrations: readonly Registration[], prices = readPrices()): MonthlyCost | undefined {
  return prices && monthlyCost(new Stack(policyResources(registrations), undefined, prices));
}

/** The resources as the policy server shows them to a rule. */
function policyResources(registrations: readonly Registration[]): PolicyResource[] {
  const { unknownCheckingProxy } = require("@pulumi/policy") as typeof import("@pulumi/policy");
  const byUrn = new Map<string, PolicyResource>();
  for (const { resource, inputs } of registrations) {
    const { urn, type, name, options } = resource;
    const props = unknownCheckingProxy(inputs.toJavaScript()) as PolicyResource["props"];
    const opts = { protect: options.protect ?? false, ignoreChanges: options.ignoreChanges ?? [] };
    byUrn.set(urn, { urn, type, name, props, opts, dependencies: [], propertyDependencies: {} } as never);
  }
  for (const { resource } of registrations) {
    const judged = byUrn.get(resource.urn);
    if (judged === undefined) continue;
    judged.provider = byUrn.get(resource.provider ?? "");
    judged.propertyDependencies = Object.fromEntries(
      Object.entries(resource.propertyDependencies).map(([property, urns]) => [
        property,
        urns.flatMap((urn) => byUrn.get(urn) ?? []),
      ]),
    );
  }
  return [...byUrn.values()];
}
