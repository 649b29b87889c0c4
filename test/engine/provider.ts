import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { outputsOf } from "./outputs";
import { type Service, serve, unary } from "./rpc";

type Properties = Record<string, JavaScriptValue>;

/** A secret as it travels between engine and provider. */
const secret = (value: JavaScriptValue): JavaScriptValue => ({ [specialSigKey]: specialSecretSig, value });

const properties = (struct: Struct | undefined): Properties => struct?.toJavaScript() ?? {};

/** The engine warns of a plugin that is older than the SDK that the program uses. */
const NEWER_THAN_ANY_SDK = "9999.0.0";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The stand-in provider, while it runs. */
export interface StandIn extends Service {
  /** Every value that it handed out as a secret. */
  readonly secrets: ReadonlySet<string>;
  /** What the engine asked it to do to resources, in order: "create", "update", "read" or "delete", and the URN. */
  readonly calls: readonly { readonly action: string; readonly urn: string }[];
}

/**
 * One provider that answers for every package. It creates nothing: a resource's outputs are its inputs, an id and the
 * well-known outputs of {@link outputsOf}, all derived from the URN, so that two runs give identical state. Secret inputs
 * stay secret. A function call fails: the program reads nothing from the cloud.
 */
export async function serveProvider(): Promise<StandIn> {
  const secrets = new Set<string>();
  const calls: { action: string; urn: string }[] = [];

  const outputs = (urn: string, id: string, inputs: Properties, preview: boolean): Struct => {
    const computed = outputsOf(urn, id, inputs);
    const known = (value: JavaScriptValue): JavaScriptValue => (preview ? unknownValue : value);
    const generated = computed.secrets.map((name) => {
      const value = digest(`secret ${name} of ${urn}`);
      secrets.add(value);
      return [name, secret(known(value))];
    });
    const plain = Object.entries(computed.plain).map(([name, value]) => [name, name in inputs ? value : known(value)]);
    return Struct.fromJavaScript({ ...inputs, ...Object.fromEntries([...plain, ...generated]) });
  };

  const check = (request: proto.CheckRequest) => new proto.CheckResponse().setInputs(request.getNews());

  const diff = (request: proto.DiffRequest) => {
    const before = properties(request.getOldInputs());
    const after = properties(request.getNews());
    const response = new proto.DiffResponse().setHasdetaileddiff(true);
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (isDeepStrictEqual(before[key], after[key])) continue;
      const { ADD, DELETE, UPDATE } = proto.PropertyDiff.Kind;
      const kind = !(key in before) ? ADD : !(key in after) ? DELETE : UPDATE;
      response.addDiffs(key);
      response.getDetaileddiffMap().set(key, new proto.PropertyDiff().setKind(kind).setInputdiff(true));
    }
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    return response.setChanges(response.getDiffsList().length === 0 ? DIFF_NONE : DIFF_SOME);
  };

  const implementation: grpc.UntypedServiceImplementation = {
    handshake: unary(() => new proto.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true)),
    attach: unary(() => new Empty()),
    getPluginInfo: unary(() => new PluginInfo().setVersion(NEWER_THAN_ANY_SDK)),
    configure: unary(() =>
      new proto.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setSupportspreview(true),
    ),
    cancel: unary(() => new Empty()),
    checkConfig: unary(check),
    diffConfig: unary(diff),
    check: unary(check),
    diff: unary(diff),
    create: unary((request: proto.CreateRequest) => {
      const urn = request.getUrn();
      const id = request.getPreview() ? "" : `id-${digest(urn).slice(0, 12)}`;
      if (!request.getPreview()) calls.push({ action: "create", urn });
      const inputs = properties(request.getProperties());
      return new proto.CreateResponse().setId(id).setProperties(outputs(urn, id, inputs, request.getPreview()));
    }),
    read: unary((request: proto.ReadRequest) => {
      calls.push({ action: "read", urn: request.getUrn() });
      return new proto.ReadResponse()
        .setId(request.getId())
        .setInputs(request.getInputs())
        .setProperties(request.getProperties());
    }),
    update: unary((request: proto.UpdateRequest) => {
      if (!request.getPreview()) calls.push({ action: "update", urn: request.getUrn() });
      const inputs = properties(request.getNews());
      return new proto.UpdateResponse().setProperties(
        outputs(request.getUrn(), request.getId(), inputs, request.getPreview()),
      );
    }),
    delete: unary((request: proto.DeleteRequest) => {
      calls.push({ action: "delete", urn: request.getUrn() });
      return new Empty();
    }),
    invoke: unary((request: proto.InvokeRequest): never => {
      throw new Error(`the program calls ${request.getTok()}: it may read nothing from the cloud`);
    }),
  };
  return { ...(await serve(ResourceProviderService, implementation)), secrets, calls };
}
