import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

type Properties = Record<string, JavaScriptValue>;

/** What a provider adds to a resource's inputs. */
export interface Outputs {
  readonly plain: Properties;
  /** Names of the generated secret strings. */
  readonly secrets: readonly string[];
}

const REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const IMAGE_DIGEST = `sha256:${"0".repeat(64)}`;

/**
 * What the program reads of a resource beside its id, ARN, name and inputs, by type. An output that is missing here shows
 * as an input that is there in the preview and gone in the state.
 */
const byType: Readonly<Record<string, (name: string) => Properties>> = {
  "aws:acm/certificate:Certificate": (name) => ({
    domainValidationOptions: [
      {
        resourceRecordName: `_${name}.example`,
        resourceRecordType: "CNAME",
        resourceRecordValue: `${name}.acm.example`,
      },
    ],
  }),
  "aws:ecr/repository:Repository": (name) => ({ repositoryUrl: `${REGISTRY}/${name}` }),
  "aws:ec2/launchTemplate:LaunchTemplate": () => ({ latestVersion: 1 }),
  "aws:eks/cluster:Cluster": (name) => ({
    endpoint: `https://${name}.eks.example`,
    certificateAuthority: { data: "c3RhbmQtaW4=" },
  }),
  "aws:eks/nodeGroup:NodeGroup": (name) => ({ resources: [{ autoscalingGroups: [{ name: `asg-${name}` }] }] }),
  "aws:elasticache/replicationGroup:ReplicationGroup": (name) => ({
    primaryEndpointAddress: `primary.${name}.cache.example`,
    readerEndpointAddress: `reader.${name}.cache.example`,
  }),
  "aws:kms/key:Key": (name) => ({ keyId: `key-${name}` }),
  "aws:lb/loadBalancer:LoadBalancer": (name) => ({
    dnsName: `${name}.elb.example`,
    zoneId: "ZELB",
    arnSuffix: `app/${name}/1`,
  }),
  "aws:lb/targetGroup:TargetGroup": (name) => ({ arnSuffix: `targetgroup/${name}/1` }),
  "aws:rds/instance:Instance": (name) => ({ address: `${name}.rds.example` }),
  "aws:rds/proxy:Proxy": (name) => ({ endpoint: `${name}.rds.example` }),
  "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": (name) => ({
    outputs: { RotationLambdaARN: `arn:aws:lambda:::function:${name}` },
  }),
  "aws:route53/record:Record": (name) => ({ fqdn: `${name}.example` }),
  "aws:synthetics/canary:Canary": (name) => ({
    engineArn: `arn:aws:lambda:us-east-1:123456789012:function:cwsyn-${name}-1:1`,
  }),
  "docker:index/image:Image": (name) => ({ repoDigest: `${REGISTRY}/${name}@${IMAGE_DIGEST}` }),
};

/** The outputs of a resource beside its inputs, told apart by the type in its URN. */
export function outputsOf(urn: string, id: string, inputs: Properties): Outputs {
  const [types = "", urnName = ""] = urn.split("::").slice(-2);
  const type = types.split("$").at(-1) ?? types;
  switch (type.split(":")[0]) {
    case "aws": {
      const name = inputs.name ?? urnName;
      return { plain: { name, arn: `arn:aws:stand-in:::${id}`, ...byType[type]?.(urnName) }, secrets: [] };
    }
    case "kubernetes":
      return { plain: { metadata: { name: urnName, ...(inputs.metadata as Properties) } }, secrets: [] };
    case "random":
      return { plain: {}, secrets: ["result"] };
    default:
      return { plain: { ...byType[type]?.(urnName) }, secrets: [] };
  }
}
