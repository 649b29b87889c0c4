import type { RecordedResource } from "../preview/graph";

/** What is lost with a resource. */
export interface Loss {
  readonly what: string;
  /** What keeps it all the same, as the resource is deployed now. */
  readonly keptBy?: string;
  /** What would keep it, were it deployed so first. */
  readonly keep?: string;
  /** Whether a preview fails over it, when nothing keeps it. */
  readonly refused: boolean;
}

type Inputs = RecordedResource["inputs"];

/** The resources that hold what cannot be made again from the program. */
const STATEFUL: Readonly<Record<string, (inputs: Inputs) => Loss>> = {
  "aws:rds/instance:Instance": ({ replicateSourceDb, skipFinalSnapshot }) =>
    replicateSourceDb === undefined
      ? {
          what: "its databases are lost",
          keep: "`skipFinalSnapshot: false`",
          refused: true,
          ...(skipFinalSnapshot === true ? {} : { keptBy: "a final snapshot keeps them" }),
        }
      : { what: "a replica is built anew from its source, and reads are without it meanwhile", refused: false },
  "aws:elasticache/replicationGroup:ReplicationGroup": ({ finalSnapshotIdentifier }) => ({
    what: "what is cached, and the sessions among it, is lost",
    keep: "a `finalSnapshotIdentifier`",
    refused: true,
    ...(finalSnapshotIdentifier === undefined ? {} : { keptBy: "a final snapshot keeps it" }),
  }),
  "aws:s3/bucket:Bucket": ({ forceDestroy }) => ({
    what: "its objects are lost",
    keep: "`forceDestroy: false`",
    refused: true,
    ...(forceDestroy === true ? {} : { keptBy: "AWS refuses while it holds any" }),
  }),
  "aws:ecr/repository:Repository": ({ forceDelete }) => ({
    what: "its images are lost, those that run among them",
    keep: "`forceDelete: false`",
    refused: true,
    ...(forceDelete === true ? {} : { keptBy: "AWS refuses while it holds any" }),
  }),
  "aws:kms/key:Key": ({ deletionWindowInDays = 30 }) => ({
    what: "all that it encrypts can no longer be read",
    refused: true,
    keptBy: `the deletion can be cancelled for ${deletionWindowInDays} days`,
  }),
  "aws:secretsmanager/secret:Secret": ({ recoveryWindowInDays = 30 }) => ({
    what: "its values are lost",
    keep: "a `recoveryWindowInDays`",
    refused: true,
    ...(recoveryWindowInDays === 0 ? {} : { keptBy: `it can be restored for ${recoveryWindowInDays} days` }),
  }),
  "aws:cloudwatch/logGroup:LogGroup": () => ({ what: "its logs are lost", refused: false }),
  "aws:eks/cluster:Cluster": () => ({ what: "all that runs in it stops", refused: false }),
};

/** What would be lost with a resource as it is deployed; nothing, when it is made anew from the program. */
export function dataOf({ type, inputs, options }: RecordedResource): Loss | undefined {
  const loss = STATEFUL[type]?.(inputs);
  if (loss === undefined || options.retainOnDelete !== true) return loss;
  return { ...loss, keptBy: "it stays in the account, and the stack forgets it" };
}
