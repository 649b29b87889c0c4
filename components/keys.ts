import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** Longest waiting period of KMS: the time to notice that a key still opens something. */
const DELETION_WINDOW_DAYS = 30;

/** What the service that encrypts for somebody else may do with a key (KMS guide, "Key users"). */
const USE_KEY = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"];

/** Arguments of {@link Keys}. */
export interface KeysArgs {
  /** The twelve digits of the AWS account, written into the key policies. */
  readonly accountId: string;
  /** The region whose CloudWatch Logs may use the `logs` key. */
  readonly region: string;
  /** Refuse to delete the keys: without its key, encrypted data is lost. */
  readonly protect: boolean;
}

/**
 * The stack's customer managed keys, one for each kind of content, each rotated every year. Their policies hand
 * administration to the account's IAM and, beyond that, admit only the services that cannot act through the caller's own
 * permissions: RDS, ElastiCache, Secrets Manager, EKS and ECR can, so `data` admits none.
 *
 * The `cluster` key's policy names the service-linked role of EC2 Auto Scaling, which has to exist in the account:
 * `aws iam create-service-linked-role --aws-service-name autoscaling.amazonaws.com`, once for an account.
 */
export class Keys extends pulumi.ComponentResource {
  /** Encrypts the database, its insights and secrets, and the cache. */
  readonly data: aws.kms.Key;
  /** Encrypts log groups and the alarm topic. */
  readonly logs: aws.kms.Key;
  /** Encrypts Kubernetes API data, the disks of nodes and the image repository. */
  readonly cluster: aws.kms.Key;
  readonly dataKeyArn: pulumi.Output<string>;
  readonly logsKeyArn: pulumi.Output<string>;
  readonly clusterKeyArn: pulumi.Output<string>;

  constructor(name: string, args: KeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:security:Keys", name, {}, opts);

    this.data = this.key(`${name}-data`, "Database, cache and their secrets", args, []);
    this.logs = this.key(`${name}-logs`, "Log groups and the alarm topic", args, [
      {
        Sid: "EncryptLogGroupsOfThisAccount",
        Effect: "Allow",
        Principal: { Service: `logs.${args.region}.amazonaws.com` },
        Action: USE_KEY,
        Resource: "*",
        Condition: {
          ArnLike: {
            "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${args.region}:${args.accountId}:log-group:*`,
          },
        },
      },
      {
        Sid: "PublishToTheEncryptedTopic",
        Effect: "Allow",
        Principal: { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
      },
    ]);
    const autoScaling = {
      AWS: `arn:aws:iam::${args.accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    };
    this.cluster = this.key(`${name}-cluster`, "Kubernetes API data, node disks and images", args, [
      { Sid: "EncryptNodeDisks", Effect: "Allow", Principal: autoScaling, Action: USE_KEY, Resource: "*" },
      {
        Sid: "AttachNodeDisks",
        Effect: "Allow",
        Principal: autoScaling,
        Action: "kms:CreateGrant",
        Resource: "*",
        Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      },
    ]);

    this.dataKeyArn = this.data.arn;
    this.logsKeyArn = this.logs.arn;
    this.clusterKeyArn = this.cluster.arn;
    this.registerOutputs({
      dataKeyArn: this.dataKeyArn,
      logsKeyArn: this.logsKeyArn,
      clusterKeyArn: this.clusterKeyArn,
    });
  }

  private key(name: string, description: string, args: KeysArgs, services: aws.iam.PolicyStatement[]): aws.kms.Key {
    const policy: aws.iam.PolicyDocument = {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "AdministerThroughIam",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${args.accountId}:root` },
          Action: "kms:*",
          Resource: "*",
        },
        ...services,
      ],
    };
    const key = new aws.kms.Key(
      name,
      {
        description,
        enableKeyRotation: true,
        deletionWindowInDays: DELETION_WINDOW_DAYS,
        policy: JSON.stringify(policy),
      },
      { parent: this, protect: args.protect },
    );
    new aws.kms.Alias(name, { targetKeyId: key.keyId }, { parent: this });
    return key;
  }
}
