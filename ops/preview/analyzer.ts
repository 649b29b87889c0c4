import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  type AnalyzeDiagnostic,
  type AnalyzeRequest,
  type AnalyzeResponse,
  type AnalyzerInfo,
  AnalyzerStackConfigureRequest,
  type AnalyzeStackRequest,
  ConfigureAnalyzerRequest,
  EnforcementLevel,
  PolicyConfig as PolicyConfigMessage,
  PolicySeverity,
  PolicyType,
  type RemediateResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { firstError, type PackProcess, PolicyPackError } from "./pack-process";
import { ALL_RULES, type Enforcement, type PolicyConfig, type RuleSchema } from "./policy-config";

/** How bad a violation is. */
export type Severity = "low" | "medium" | "high" | "critical" | "unspecified";

/** A rule as its pack declares it, with the enforcement that the stack's configuration gives it. */
export interface Rule {
  readonly name: string;
  readonly severity: Severity;
  readonly enforcement: Enforcement;
  /** What it is shown: each resource alone, or the whole stack. */
  readonly judges: "resource" | "stack";
  /** What may be configured of it. */
  readonly schema: RuleSchema;
}

/** Something a rule said about a resource. */
export interface Diagnostic {
  readonly rule: string;
  readonly severity: Severity;
  readonly enforcement: Enforcement;
  /** The resource it is about; empty: none in particular. */
  readonly urn: string;
  readonly message: string;
}

/** How long a pack may take for one answer. */
const ANSWER_TIMEOUT_MS = 30_000;

const ENFORCEMENTS: Readonly<Record<EnforcementLevel, Enforcement>> = {
  [EnforcementLevel.ADVISORY]: "advisory",
  [EnforcementLevel.MANDATORY]: "mandatory",
  [EnforcementLevel.DISABLED]: "disabled",
  [EnforcementLevel.REMEDIATE]: "remediate",
};

const LEVELS: Readonly<Record<Enforcement, EnforcementLevel>> = {
  advisory: EnforcementLevel.ADVISORY,
  mandatory: EnforcementLevel.MANDATORY,
  disabled: EnforcementLevel.DISABLED,
  remediate: EnforcementLevel.REMEDIATE,
};

const SEVERITIES: Readonly<Record<PolicySeverity, Severity>> = {
  [PolicySeverity.POLICY_SEVERITY_UNSPECIFIED]: "unspecified",
  [PolicySeverity.POLICY_SEVERITY_LOW]: "low",
  [PolicySeverity.POLICY_SEVERITY_MEDIUM]: "medium",
  [PolicySeverity.POLICY_SEVERITY_HIGH]: "high",
  [PolicySeverity.POLICY_SEVERITY_CRITICAL]: "critical",
};

type Call<Request, Response> = (
  request: Request,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  callback: (error: grpc.ServiceError | null, response: Response) => void,
) => grpc.ClientUnaryCall;

/** A pack that serves: the engine's side of its analyzer protocol. */
export class Analyzer {
  private constructor(
    private readonly process: PackProcess,
    private readonly client: AnalyzerClient,
    /** The pack's own name, as the engine shows it. */
    readonly name: string,
    readonly version: string,
    private readonly info: AnalyzerInfo,
  ) {}

  /** Connects to a pack, waiting for it to start. */
  static async connect(process: PackProcess): Promise<Analyzer> {
    const client = new AnalyzerClient(`127.0.0.1:${await process.port}`, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.enable_http_proxy": 0,
    });
    const info = await ask(process, client.getAnalyzerInfo.bind(client), new Empty());
    return new Analyzer(process, client, info.getName(), info.getVersion(), info);
  }

  /** Its rules, with the enforcement that a configuration gives them. */
  rules(config: PolicyConfig): Rule[] {
    return this.info.getPoliciesList().map((policy) => ({
      name: policy.getName(),
      severity: SEVERITIES[policy.getSeverity()],
      enforcement:
        config.get(policy.getName())?.enforcement ??
        config.get(ALL_RULES)?.enforcement ??
        ENFORCEMENTS[policy.getEnforcementlevel()],
      judges: policy.getPolicyType() === PolicyType.POLICY_TYPE_STACK ? "stack" : "resource",
      schema: {
        name: policy.getName(),
        properties: (policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {}) as RuleSchema["properties"],
        required: policy.getConfigschema()?.getRequiredList() ?? [],
      },
    }));
  }

  /** Tells it which stack it judges and how. */
  async configure(project: string, stack: string, rules: readonly Rule[], config: PolicyConfig): Promise<void> {
    const about = new AnalyzerStackConfigureRequest();
    about.setProject(project);
    about.setStack(stack);
    about.setDryRun(true);
    await this.ask(this.client.configureStack, about);

    const request = new ConfigureAnalyzerRequest();
    for (const rule of rules) {
      const message = new PolicyConfigMessage();
      message.setEnforcementlevel(LEVELS[rule.enforcement]);
      message.setProperties(Struct.fromJavaScript(config.get(rule.name)?.properties ?? {}));
      request.getPolicyconfigMap().set(rule.name, message);
    }
    await this.ask(this.client.configure, request);
  }

  /** What its rules would change in a resource. */
  remediate(request: AnalyzeRequest): Promise<RemediateResponse> {
    return this.ask(this.client.remediate, request);
  }

  /** What its rules say of one resource. */
  async analyze(request: AnalyzeRequest): Promise<Diagnostic[]> {
    return diagnostics(await this.ask(this.client.analyze, request), request.getUrn());
  }

  /** What its rules say of the whole stack. */
  async analyzeStack(request: AnalyzeStackRequest): Promise<Diagnostic[]> {
    return diagnostics(await this.ask(this.client.analyzeStack, request), "");
  }

  /** Ends the connection; the pack goes on. */
  close(): void {
    this.client.close();
  }

  private ask<Request, Response>(call: Call<Request, Response>, request: Request): Promise<Response> {
    return ask(this.process, call.bind(this.client), request);
  }
}

function ask<Request, Response>(
  process: PackProcess,
  call: Call<Request, Response>,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call(request, new grpc.Metadata(), { deadline: Date.now() + ANSWER_TIMEOUT_MS }, (error, response) => {
      if (error === null) return resolve(response);
      reject(
        new PolicyPackError(`policy pack ${process.path} failed: ${reason(error)}`, error.details + process.printed()),
      );
    });
  });
}

function reason(error: grpc.ServiceError): string {
  if (error.code === grpc.status.DEADLINE_EXCEEDED) return `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`;
  if (error.code === grpc.status.UNAVAILABLE) return "its process ended";
  const [summary = "", ...trace] = error.details.split("\n");
  return [summary, firstError(trace.join("\n")) ?? ""].join(" ").trim();
}

function diagnostics(response: AnalyzeResponse, subject: string): Diagnostic[] {
  return response.getDiagnosticsList().map((diagnostic: AnalyzeDiagnostic) => ({
    rule: diagnostic.getPolicyname(),
    severity: SEVERITIES[diagnostic.getSeverity()],
    enforcement: ENFORCEMENTS[diagnostic.getEnforcementlevel()],
    urn: diagnostic.getUrn() || subject,
    message: diagnostic.getMessage(),
  }));
}
