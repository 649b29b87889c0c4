import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SERVICE } from "../../sizing/service";
import { logGroup } from "../logs";
import { bucketName, onlyOverTls, privateBucket } from "../private-bucket";
import { CANARY_MINUTES } from "./service-alarms";

/**
 * The newest runtime without a browser (CloudWatch User Guide, "Runtime versions using Node.js"): Node 22, and none of
 * Synthetics' own library is used. A canary that has a deprecated runtime goes on running, but none can be made with it;
 * AWS announces it by mail ("Runtime versions support policy").
 */
const RUNTIME = "syn-nodejs-5.4";

/** Where the results are in the bucket. */
const RESULTS_PREFIX = "results";

/** Three tries of 10 s, two pauses, and a cold start. */
const RUN_TIMEOUT_SECONDS = 90;
/** Between two tries: a restarting target is back, or taken out, by then. */
const PAUSE_SECONDS = 15;
/** Least memory that Synthetics offers, in MiB. */
const MEMORY_MIB = 960;
/** Synthetics calls a canary's function `cwsyn-<name>-<id>`, within Lambda's 64 characters. */
const FUNCTION_NAME_CHARACTERS = 21;

/** What the canary needs to know. */
export interface CanaryArgs {
  readonly accountId: string;
  readonly region: string;
  /** Where the API is reached, without a path. */
  readonly url: pulumi.Input<string>;
  /** Key of its results and its log. Its policy must admit CloudWatch Logs. */
  readonly keyArn: pulumi.Input<string>;
  /** Days until a result or a line of its log expires. */
  readonly logRetentionDays: number;
  /** Protect the bucket of its results. */
  readonly protect: boolean;
}

/**
 * A canary that asks the API from outside, every {@link CANARY_MINUTES}, whether it is ready: it sees names,
 * certificates, firewall and load balancer as clients do. Its script is `canary/ready.js`.
 */
export function canary(name: string, args: CanaryArgs, opts: pulumi.CustomResourceOptions): aws.synthetics.Canary {
  const canaryName = `${pulumi.getProject()}-${pulumi.getStack()}`;
  const physicalName = bucketName("canary", args);
  const bucketArn = `arn:aws:s3:::${physicalName}`;
  const { bucket, publicAccessBlock } = privateBucket(
    name,
    {
      bucketName: physicalName,
      keyArn: args.keyArn,
      retentionInDays: args.logRetentionDays,
      // The script stays: without it, a stack whose retention is over would have drifted.
      expiringPrefix: RESULTS_PREFIX,
      protect: args.protect,
    },
    opts,
  );
  const bucketPolicy = new aws.s3.BucketPolicy(
    `${name}-policy`,
    {
      bucket: bucket.bucket,
      policy: JSON.stringify({ Version: "2012-10-17", Statement: [onlyOverTls(bucketArn)] }),
    },
    { ...opts, dependsOn: [publicAccessBlock] },
  );

  const script = readFileSync(join(__dirname, "canary", "ready.js"), "utf8");
  const version = createHash("sha256").update(script).digest("hex").slice(0, 12);
  const code = new aws.s3.BucketObjectv2(
    `${name}-script`,
    {
      bucket: bucket.bucket,
      // Another script is another object: the canary takes notice of the key.
      key: `script/${version}.zip`,
      source: new pulumi.asset.AssetArchive({
        "nodejs/node_modules/ready.js": new pulumi.asset.StringAsset(script),
      }),
    },
    opts,
  );

  const logs = `arn:aws:logs:${args.region}:${args.accountId}:log-group:/aws/lambda/cwsyn-${canaryName.slice(0, FUNCTION_NAME_CHARACTERS)}*`;
  const role = new aws.iam.Role(
    name,
    {
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
      }),
    },
    opts,
  );
  const grant = new aws.iam.RolePolicy(
    name,
    {
      role: role.id,
      policy: { Version: "2012-10-17", Statement: statements({ bucketArn, logs, ...args }) },
    },
    opts,
  );

  const made = new aws.synthetics.Canary(
    name,
    {
      name: canaryName,
      runtimeVersion: RUNTIME,
      handler: "ready.handler",
      s3Bucket: bucket.bucket,
      s3Key: code.key,
      executionRoleArn: role.arn,
      artifactS3Location: `s3://${physicalName}/${RESULTS_PREFIX}`,
      artifactConfig: { s3Encryption: { encryptionMode: "SSE_KMS", kmsKeyArn: args.keyArn } },
      schedule: { expression: `rate(${CANARY_MINUTES} minutes)` },
      runConfig: {
        timeoutInSeconds: RUN_TIMEOUT_SECONDS,
        memoryInMb: MEMORY_MIB,
        environmentVariables: {
          READY_URL: pulumi.interpolate`${args.url}${SERVICE.readinessPath}`,
          PAUSE_MS: String(PAUSE_SECONDS * 1000),
        },
      },
      startCanary: true,
      deleteLambda: true,
    },
    { ...opts, dependsOn: [grant, bucketPolicy] },
  );
  logGroup(
    name,
    {
      // The function's name, and so its log's, ends in an id of Synthetics' own.
      name: made.engineArn.apply((arn) => `/aws/lambda/${arn.split(":")[6]}`),
      retentionInDays: args.logRetentionDays,
      kmsKeyArn: args.keyArn,
    },
    opts,
  );
  return made;
}

/**
 * What the canary's function may do (CloudWatch User Guide, "Required roles and permissions for canaries"), but for making
 * its log group: it would be one without a key and an end. Until the group is declared, its first lines are lost.
 */
const statements = ({
  bucketArn,
  logs,
  region,
  keyArn,
}: Pick<CanaryArgs, "region" | "keyArn"> & {
  readonly bucketArn: string;
  readonly logs: string;
}): aws.types.input.iam.PolicyStatement[] => [
  { Effect: "Allow", Action: ["s3:PutObject", "s3:GetObject"], Resource: `${bucketArn}/*` },
  { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: bucketArn },
  // This action knows no resources (Service Authorization Reference).
  { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" },
  {
    Effect: "Allow",
    Action: ["kms:GenerateDataKey", "kms:Decrypt"],
    Resource: keyArn,
    Condition: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
  },
  { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: logs },
  {
    Effect: "Allow",
    Action: "cloudwatch:PutMetricData",
    Resource: "*",
    Condition: { StringEquals: { "cloudwatch:namespace": "CloudWatchSynthetics" } },
  },
];
