import { type Tuning, tuningVariables } from "../../components/api/environment";
import { bytes } from "../../sizing/units";

/** What a pod of the stack has in its environment, as far as this machine can have it. */
export interface PodEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that this machine has otherwise, and why. */
  readonly differences: readonly { readonly name: string; readonly reason: string }[];
}

/** Variables that follow from where the service runs. */
const PLACE: Readonly<Record<string, string>> = {
  PORT: "free ports of this machine",
  METRICS_PORT: "free ports of this machine",
  MODELS_LOCATION: "the models lie in app/models, not in an image",
};

/** What the Api component gives a pod, and how much memory this machine has. */
export interface PodInput extends Omit<Tuning, "trustedProxies"> {
  readonly machineBytes: number;
}

/** The variables that the Api component sets by sizing. No load balancer is in front here. */
export function podEnvironment({ machineBytes, ...pod }: PodInput): PodEnvironment {
  const set = tuningVariables({ ...pod, trustedProxies: 0 });
  const variables = Object.fromEntries(Object.entries(set).filter(([name]) => !(name in PLACE)));
  // Of a pod's limit there, of this machine's memory here: the same heap.
  const share = Math.min(1, bytes(pod.memoryLimit) / machineBytes);
  const options = (variables.NODE_OPTIONS ?? "").replace(
    /(?<=size-percentage=)[\d.]+/,
    (percent) => `${Number((Number(percent) * share).toPrecision(6))}`,
  );
  return {
    variables: { ...variables, NODE_OPTIONS: options },
    differences: [
      ...Object.entries(PLACE).map(([name, reason]) => ({ name, reason })),
      { name: "NODE_OPTIONS", reason: `the same heap, of this machine's memory in place of ${pod.memoryLimit}` },
      { name: "TRUSTED_PROXIES", reason: "no load balancer is in front" },
      { name: "DATABASE_READER_HOSTS", reason: "reads go to the writer: there is one server" },
      { name: "DATABASE_TLS, CACHE_USER", reason: "nothing leaves this machine: no TLS, no IAM" },
    ],
  };
}
