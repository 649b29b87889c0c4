import { isObject } from "./value-diff";

/** What a change does to a resource, worst first; `"none"`: nothing but itself. */
export const EFFECTS = ["replace", "reboot", "interrupt", "roll", "none"] as const;
export type Effect = (typeof EFFECTS)[number];

/** What a change in place does to what runs. */
export interface Disruption {
  /**
   * `"reboot"`: in force only after a reboot, or reboots by itself; `"interrupt"`: out of service for a while;
   * `"roll"`: instances or pods are exchanged one after the other.
   */
  readonly effect: Exclude<Effect, "replace" | "none">;
  readonly why: string;
}

type Inputs = Readonly<Record<string, unknown>>;

/** A change of an input, with all inputs of the resource on both sides. */
interface Change {
  readonly path: readonly string[];
  readonly before: Inputs;
  readonly after: Inputs;
}

interface Rule {
  /** The input, from the top: `spec.template` stands for all below it. */
  readonly path: string;
  readonly disrupts: Disruption | ((change: Change) => Disruption | undefined);
}

const interrupt = (why: string): Disruption => ({ effect: "interrupt", why });
const reboot = (why: string): Disruption => ({ effect: "reboot", why });
const roll = (why: string): Disruption => ({ effect: "roll", why });

/** An RDS instance: now, or in its maintenance window; through the standby, where it has one. */
const outage =
  (what: string) =>
  ({ after }: Change) => {
    const when = after.applyImmediately === true ? "at once" : "in the maintenance window";
    const long =
      after.multiAz === true
        ? "a failover, usually one to two minutes"
        : "an outage of some minutes: it has no standby";
    return interrupt(`${what} ${when}: ${long}`);
  };

/** An ElastiCache replication group: seconds with a replica to fail over to, else as long as it takes. */
const failover =
  (what: string) =>
  ({ after }: Change) =>
    interrupt(
      after.automaticFailoverEnabled === true
        ? `${what}: connections drop at the failover, writes wait for seconds`
        : `${what}: it has no replica to fail over to, and is away meanwhile`,
    );

/** A parameter of PostgreSQL that is not applied at once waits for a reboot that somebody has to do: a static one always. */
const waitingParameter = ({ path: [, name = ""], before, after }: Change) => {
  const [parameter] = [after, before].flatMap(({ parameters }) =>
    Array.isArray(parameters) ? parameters.filter((p) => isObject(p) && p.name === name) : [],
  );
  return parameter?.applyMethod === "pending-reboot"
    ? reboot("in force after the next reboot of each instance of the group")
    : undefined;
};

const podTemplate: Rule = { path: "spec.template", disrupts: roll("its pods are exchanged one after the other") };

/**
 * What AWS and Kubernetes do for a change in place. Amazon RDS User Guide, "Settings for DB instances" (its column of
 * downtime notes) and "Working with DB parameter groups"; Amazon ElastiCache User Guide, "Scaling replica nodes for
 * Valkey or Redis OSS (Cluster Mode Disabled)" and "Version management"; Amazon EKS User Guide, "Update existing cluster to
 * new Kubernetes version" and "Update a managed node group for your cluster".
 */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  "aws:rds/instance:Instance": [
    { path: "instanceClass", disrupts: outage("another class") },
    {
      path: "engineVersion",
      disrupts: ({ after }) =>
        interrupt(
          `an engine upgrade takes the instance down ${after.applyImmediately === true ? "at once" : "in the maintenance window"}, its standby too; a major one cannot be undone`,
        ),
    },
    { path: "dbSubnetGroupName", disrupts: outage("another network") },
    { path: "identifier", disrupts: reboot("a renamed instance is rebooted, and its endpoint changes") },
    { path: "port", disrupts: reboot("another port reboots the instance at once, whatever the maintenance window") },
    { path: "networkType", disrupts: outage("another network type") },
    { path: "parameterGroupName", disrupts: reboot("another parameter group is in force after the next reboot") },
    { path: "dedicatedLogVolume", disrupts: reboot("in force after the next reboot") },
    { path: "caCertIdentifier", disrupts: reboot("another certificate authority may restart the instance") },
    {
      path: "multiAz",
      disrupts: ({ after }) =>
        after.multiAz === true ? undefined : interrupt("without a standby, the next failure or upgrade is an outage"),
    },
    {
      path: "backupRetentionPeriod",
      disrupts: ({ before, after }) =>
        (before.backupRetentionPeriod === 0) !== (after.backupRetentionPeriod === 0)
          ? outage("switching backups")({ path: [], before, after })
          : undefined,
    },
  ],
  "aws:rds/parameterGroup:ParameterGroup": [{ path: "parameters", disrupts: waitingParameter }],
  "aws:elasticache/replicationGroup:ReplicationGroup": [
    { path: "nodeType", disrupts: failover("another node type") },
    { path: "engine", disrupts: failover("another engine") },
    { path: "engineVersion", disrupts: failover("an engine upgrade") },
    { path: "parameterGroupName", disrupts: reboot("some parameters of another group need a reboot") },
    { path: "transitEncryptionMode", disrupts: failover("another transit encryption") },
    {
      path: "automaticFailoverEnabled",
      disrupts: ({ after }) =>
        after.automaticFailoverEnabled === true ? undefined : interrupt("the next failure of the primary is an outage"),
    },
  ],
  "aws:eks/cluster:Cluster": [
    {
      path: "version",
      disrupts: interrupt("the control plane is upgraded for minutes while pods run on; it cannot be undone"),
    },
    { path: "accessConfig.authenticationMode", disrupts: interrupt("cannot be undone towards the config map") },
  ],
  "aws:eks/nodeGroup:NodeGroup": [
    { path: "version", disrupts: roll("its nodes are exchanged one after the other, their pods evicted") },
    { path: "releaseVersion", disrupts: roll("its nodes are exchanged one after the other, their pods evicted") },
    {
      path: "launchTemplate.version",
      disrupts: roll("its nodes are exchanged one after the other, their pods evicted"),
    },
  ],
  "aws:eks/addon:Addon": [{ path: "addonVersion", disrupts: roll("its pods are exchanged on every node") }],
  "kubernetes:apps/v1:DaemonSet": [podTemplate],
  "kubernetes:apps/v1:Deployment": [podTemplate],
  "kubernetes:apps/v1:StatefulSet": [podTemplate],
  "kubernetes:helm.sh/v3:Release": [{ path: "version", disrupts: roll("the chart's pods are exchanged") }],
};

/** Types that give others something new after any change in place, and the inputs in which others take that. */
const MOVING: Readonly<Record<string, RegExp>> = {
  "aws:ec2/launchTemplate:LaunchTemplate": /version$/i,
  "docker:index/image:Image": /image/i,
  "aws:secretsmanager/secretVersion:SecretVersion": /version/i,
};

/** What a change in place of an input does to what runs; nothing, where nothing is known. */
export function disruption(type: string, change: Change): Disruption | undefined {
  const rule = RULES[type]?.find(({ path }) => path.split(".").every((part, i) => change.path[i] === part));
  if (rule === undefined) return undefined;
  return typeof rule.disrupts === "function" ? rule.disrupts(change) : rule.disrupts;
}

/** Whether an input that comes from a resource of a type changes whenever that resource does. */
export function moves(type: string, path: readonly string[]): boolean {
  return MOVING[type]?.test(path.at(-1) ?? "") ?? false;
}
