import type { Policies } from "@pulumi/policy";
import {
  type AnalyzeDiagnostic,
  AnalyzeRequest,
  type AnalyzeResponse,
  AnalyzerPropertyDependencies,
  AnalyzerProviderResource,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
  EnforcementLevel,
  PolicySeverity,
  type RemediateResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Judgement, policies } from "../../policy/framework/pack";
import type { Rule } from "../../policy/framework/rule";
import { MADE_UP_PRICES } from "./made-up-prices";

/** A resource in a fixture. */
export interface Given {
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, unknown>;
  /** Names of the fixture's resources that a property takes values from; `type::name` where a name is not unique. */
  readonly refs: Readonly<Record<string, readonly string[]>>;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
}

/** What a rule said, as the engine hears it. */
export interface Said {
  readonly rule: string;
  readonly message: string;
  readonly urn: string;
  readonly enforcement: "advisory" | "mandatory";
  readonly severity: "low" | "medium" | "high" | "critical";
}

/** How the engine writes a value of text that it does not know yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The day on which tests judge. */
export const TODAY = new Date("2026-11-23T12:00:00Z");

/** What tests judge by. */
export const JUDGEMENT: Judgement = { waivers: [], prices: MADE_UP_PRICES, today: TODAY };

/** A name that is unique in a fixture: `aws:rds/instance:Instance::orders`. */
export const fullName = ({ type, name }: Pick<Given, "type" | "name">): string => `${type}::${name}`;

/** The URN of a fixture's resource. */
export const urnOf = ({ type, name }: Pick<Given, "type" | "name">): string =>
  `urn:pulumi:test::fixture::${fullName({ type, name })}`;

type RpcFunction<Request, Response = AnalyzeResponse> = (
  call: { request: Request },
  callback: (error: Error | undefined, response: Response | undefined) => void,
) => void;
type MakeRpcFunction<Request, Response = AnalyzeResponse> = (
  pack: string,
  version: string,
  enforcement: string,
  policies: Policies,
) => RpcFunction<Request, Response>;

// The server's own functions, which its published types leave out.
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun, makeRemediateRpcFun } = require("@pulumi/policy/server") as {
  makeAnalyzeRpcFun: MakeRpcFunction<AnalyzeRequest>;
  makeAnalyzeStackRpcFun: MakeRpcFunction<AnalyzeStackRequest>;
  makeRemediateRpcFun: MakeRpcFunction<AnalyzeRequest, RemediateResponse>;
};

/**
 * What rules say of a fixture, asked as the engine asks: each resource alone, then the stack, in the wire format, so that unknown
 * values meet them in the server's proxies.
 */
export async function judge(
  rules: readonly Rule[],
  given: readonly Given[],
  { outputs, ...judgement }: Partial<Judgement> & { readonly outputs?: Outputs } = {},
): Promise<Said[]> {
  return judgePolicies(policies(rules, { ...JUDGEMENT, ...judgement }), given, outputs);
}

/** What the engine shows of a resource when it judges the stack. */
type Outputs = (resource: Given) => Given["props"];

/**
 * {@link judge} with policies as the server takes them.
 *
 * @param alone the resources that are also judged one by one: those that are new to a caller who has judged the others before
 */
export async function judgePolicies(
  all: Policies,
  given: readonly Given[],
  outputs: Outputs = ({ props }) => props,
  alone: readonly Given[] = given,
): Promise<Said[]> {
  const pack = ["fixture", "0.0.0", "advisory", all] as const;
  const resource = makeAnalyzeRpcFun(...pack);
  const stack = makeAnalyzeStackRpcFun(...pack);
  const shown = given.map((one) => ({ ...one, props: outputs(one) }));
  const said: Said[] = [];
  for (const one of alone) {
    said.push(...(await ask(resource, resourceRequest(one))).map((diagnostic) => heard(diagnostic, urnOf(one))));
  }
  said.push(...(await ask(stack, stackRequest(shown))).map((diagnostic) => heard(diagnostic, "")));
  return said;
}

/** A resource's inputs as a policy mends them; undefined: it mends nothing. */
export async function mended(all: Policies, given: Given): Promise<unknown> {
  const rpc = makeRemediateRpcFun("fixture", "0.0.0", "advisory", all);
  const response = await new Promise<RemediateResponse | undefined>((resolve, reject) => {
    rpc({ request: resourceRequest(given) }, (error, response) => (error ? reject(error) : resolve(response)));
  });
  return response?.getRemediationsList().at(-1)?.getProperties()?.toJavaScript();
}

function ask<Request>(rpc: RpcFunction<Request>, request: Request): Promise<AnalyzeDiagnostic[]> {
  return new Promise((resolve, reject) => {
    rpc({ request }, (error, response) => (error ? reject(error) : resolve(response?.getDiagnosticsList() ?? [])));
  });
}

function heard(diagnostic: AnalyzeDiagnostic, urn: string): Said {
  const severities = {
    [PolicySeverity.POLICY_SEVERITY_LOW]: "low",
    [PolicySeverity.POLICY_SEVERITY_MEDIUM]: "medium",
    [PolicySeverity.POLICY_SEVERITY_HIGH]: "high",
    [PolicySeverity.POLICY_SEVERITY_CRITICAL]: "critical",
  } as const;
  const severity = severities[diagnostic.getSeverity() as keyof typeof severities];
  return {
    rule: diagnostic.getPolicyname(),
    message: diagnostic.getMessage(),
    // The engine, too, takes a message without a resource to be about the one it asked for.
    urn: diagnostic.getUrn() || urn,
    enforcement: diagnostic.getEnforcementlevel() === EnforcementLevel.MANDATORY ? "mandatory" : "advisory",
    severity,
  };
}

/** What the engine asks about one resource. */
export function resourceRequest(given: Given): AnalyzeRequest {
  const request = new AnalyzeRequest();
  request.setUrn(urnOf(given));
  request.setType(given.type);
  request.setName(given.name);
  request.setProperties(struct(given.props));
  request.setOptions(options(given));
  request.setProvider(provider());
  return request;
}

/** What the engine asks about a stack. */
export function stackRequest(given: readonly Given[]): AnalyzeStackRequest {
  const urns = new Map(
    given.flatMap((resource) => {
      const urn = urnOf(resource);
      return [[resource.name, urn] as const, [fullName(resource), urn] as const];
    }),
  );
  const request = new AnalyzeStackRequest();
  request.setResourcesList(
    given.map((one) => {
      const resource = new AnalyzerResource();
      resource.setUrn(urnOf(one));
      resource.setType(one.type);
      resource.setName(one.name);
      resource.setProperties(struct(one.props));
      resource.setOptions(options(one));
      resource.setProvider(provider());
      for (const [property, names] of Object.entries(one.refs)) {
        const dependencies = new AnalyzerPropertyDependencies();
        dependencies.setUrnsList(names.flatMap((name) => urns.get(name) ?? []));
        resource.getPropertydependenciesMap().set(property, dependencies);
      }
      return resource;
    }),
  );
  return request;
}

function options(given: Given): AnalyzerResourceOptions {
  const message = new AnalyzerResourceOptions();
  message.setProtect(given.protect);
  message.setIgnorechangesList([...given.ignoreChanges]);
  return message;
}

function provider(): AnalyzerProviderResource {
  const message = new AnalyzerProviderResource();
  message.setType("pulumi:providers:aws");
  message.setProperties(struct({ region: "us-east-1" }));
  return message;
}

/** As JSON: what is undefined is absent, as in a program. */
const struct = (props: Record<string, unknown>): Struct =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(props)) as Record<string, JavaScriptValue>);
