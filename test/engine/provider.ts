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

/** What exists in the clouds: the properties of each resource, by its id. A test may change it behind the engine's back. */
export type World = Map<string, Record<string, JavaScriptValue>>;

/** A change of a resource that the engine asked for. */
export interface Call {
  readonly action: "create" | "update" | "read" | "delete";
  readonly urn: string;
}

/** The id that the resource of a URN gets, or got. */
export const idOf = (urn: string): string => `id-${digest(urn).slice(0, 12)}`;

/** Properties with what is at a path of plain names as it was. */
function kept(before: Properties, after: Properties, path: string): Properties {
  const [name = "", ...rest] = path.split(".");
  const [old, wanted] = [before[name], after[name]];
  const { [name]: _, ...others } = after;
  const value =
    rest.length === 0 ? old : isObject(wanted) ? kept(isObject(old) ? old : {}, wanted, rest.join(".")) : wanted;
  return value === undefined ? others : { ...others, [name]: value };
}

const isObject = (value: JavaScriptValue | undefined): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The stand-in provider, while it runs. */
export interface StandIn extends Service {
  readonly world: World;
  /** Every value that it handed out as a secret. */
  readonly secrets: ReadonlySet<string>;
  /** What the engine asked it to do to resources, in order. */
  readonly calls: readonly Call[];
  /** URNs of resources that it refuses to create, update or delete, with what it says. */
  readonly refusals: Map<string, string>;
}

/**
 * One provider that answers for every package. Its clouds are a {@link World}: a resource's outputs are its inputs, an id
 * and the well-known outputs of {@link outputsOf}, all derived from the URN, so that two runs give identical state.
 * Secret inputs stay secret. A function call fails: the program reads nothing from the cloud.
 *
 * @param world what exists already
 */
export async function serveProvider(world: World): Promise<StandIn> {
  const secrets = new Set<string>();
  const calls: Call[] = [];
  const refusals = new Map<string, string>();

  const change = (action: Call["action"], urn: string, id: string, inputs?: Properties): void => {
    calls.push({ action, urn });
    const refusal = refusals.get(urn);
    if (refusal !== undefined) throw new Error(refusal);
    if (inputs === undefined) world.delete(id);
    else world.set(id, inputs);
  };

  /** @param known whether the resource exists, so that what is computed is known */
  const outputs = (urn: string, id: string, inputs: Properties, known: boolean): Struct => {
    const computed = outputsOf(urn, id, inputs);
    const orUnknown = (value: JavaScriptValue): JavaScriptValue => (known ? value : unknownValue);
    const generated = computed.secrets.map((name) => {
      const value = digest(`secret ${name} of ${urn}`);
      secrets.add(value);
      return [name, secret(orUnknown(value))];
    });
    const plain = Object.entries(computed.plain).map(([name, value]) => {
      return [name, name in inputs ? value : orUnknown(value)];
    });
    return Struct.fromJavaScript({ ...inputs, ...Object.fromEntries([...plain, ...generated]) });
  };

  const check = (request: proto.CheckRequest) => new proto.CheckResponse().setInputs(request.getNews());

  const diff = (request: proto.DiffRequest) => {
    const before = properties(request.getOldInputs());
    const after = request
      .getIgnorechangesList()
      .reduce((news, path) => kept(before, news, path), properties(request.getNews()));
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
      const id = request.getPreview() ? "" : idOf(urn);
      const inputs = properties(request.getProperties());
      if (!request.getPreview()) change("create", urn, id, inputs);
      return new proto.CreateResponse().setId(id).setProperties(outputs(urn, id, inputs, !request.getPreview()));
    }),
    read: unary((request: proto.ReadRequest) => {
      const [urn, id] = [request.getUrn(), request.getId()];
      calls.push({ action: "read", urn });
      const inputs = world.get(id);
      // An answer without an id says that there is no such resource.
      if (inputs === undefined) return new proto.ReadResponse();
      return new proto.ReadResponse()
        .setId(id)
        .setInputs(Struct.fromJavaScript(inputs))
        .setProperties(outputs(urn, id, inputs, true));
    }),
    update: unary((request: proto.UpdateRequest) => {
      const [urn, id] = [request.getUrn(), request.getId()];
      const inputs = properties(request.getNews());
      if (!request.getPreview()) change("update", urn, id, inputs);
      return new proto.UpdateResponse().setProperties(outputs(urn, id, inputs, true));
    }),
    delete: unary((request: proto.DeleteRequest) => {
      change("delete", request.getUrn(), request.getId());
      return new Empty();
    }),
    invoke: unary((request: proto.InvokeRequest): never => {
      throw new Error(`the program calls ${request.getTok()}: it may read nothing from the cloud`);
    }),
  };
  return { ...(await serve(ResourceProviderService, implementation)), world, secrets, calls, refusals };
}
