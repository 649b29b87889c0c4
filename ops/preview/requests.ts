import {
  AnalyzeRequest,
  AnalyzerPropertyDependencies,
  AnalyzerProviderResource,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
} from "@pulumi/pulumi/proto/analyzer_pb";
import type { RecordedResource } from "./graph";
import type { Registration } from "./monitor";

/** Registrations in the form that policy packs are shown: what the engine would send for the same program. */
export class PolicyRequests {
  private readonly byUrn: ReadonlyMap<string, Registration>;

  constructor(private readonly registrations: readonly Registration[]) {
    this.byUrn = new Map(registrations.map((registration) => [registration.resource.urn, registration]));
  }

  /** One resource alone: its inputs. */
  resource({ resource, inputs }: Registration): AnalyzeRequest {
    const message = new AnalyzeRequest();
    message.setUrn(resource.urn);
    message.setType(resource.type);
    message.setName(resource.name);
    message.setProperties(inputs);
    message.setOptions(options(resource));
    message.setProvider(this.provider(resource));
    return message;
  }

  /** The whole stack: the outputs of components, which they registered, and what is known of all others. */
  stack(): AnalyzeStackRequest {
    const message = new AnalyzeStackRequest();
    message.setResourcesList(this.registrations.map((registration) => this.inStack(registration)));
    return message;
  }

  private inStack({ resource, inputs, outputs }: Registration): AnalyzerResource {
    const message = new AnalyzerResource();
    message.setUrn(resource.urn);
    message.setType(resource.type);
    message.setName(resource.name);
    message.setProperties(outputs ?? inputs);
    message.setOptions(options(resource));
    message.setProvider(this.provider(resource));
    message.setParent(resource.parent);
    message.setDependenciesList([...resource.options.dependsOn]);
    for (const [property, urns] of Object.entries(resource.propertyDependencies)) {
      const dependencies = new AnalyzerPropertyDependencies();
      dependencies.setUrnsList([...urns]);
      message.getPropertydependenciesMap().set(property, dependencies);
    }
    return message;
  }

  private provider({ provider }: RecordedResource): AnalyzerProviderResource | undefined {
    const found = provider === undefined ? undefined : this.byUrn.get(provider);
    if (found === undefined) return undefined;
    const message = new AnalyzerProviderResource();
    message.setUrn(found.resource.urn);
    message.setType(found.resource.type);
    message.setName(found.resource.name);
    message.setProperties(found.inputs);
    return message;
  }
}

function options({ options: given, parent }: RecordedResource): AnalyzerResourceOptions {
  const message = new AnalyzerResourceOptions();
  message.setProtect(given.protect ?? false);
  message.setIgnorechangesList([...(given.ignoreChanges ?? [])]);
  message.setDeletebeforereplace(given.deleteBeforeReplace ?? false);
  message.setDeletebeforereplacedefined(given.deleteBeforeReplace !== undefined);
  message.setAdditionalsecretoutputsList([...(given.additionalSecretOutputs ?? [])]);
  message.setAliasesList([...(given.aliases ?? [])]);
  message.setParent(parent);
  const timeouts = new AnalyzerResourceOptions.CustomTimeouts();
  timeouts.setCreate(seconds(given.customTimeouts?.create));
  timeouts.setUpdate(seconds(given.customTimeouts?.update));
  timeouts.setDelete(seconds(given.customTimeouts?.delete));
  timeouts.setRead(seconds(given.customTimeouts?.read));
  message.setCustomtimeouts(timeouts);
  return message;
}

/** A duration as resource options have it (`"1h30m"`) in seconds; not given: 0, the provider's own. */
function seconds(duration = ""): number {
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
  return [...duration.matchAll(/([\d.]+)(h|m|s)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0),
    0,
  );
}
