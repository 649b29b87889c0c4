import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { contextHash } from "./image/context-hash";

/** Days that an image no tag points to is kept, for pods that still run it. */
const UNTAGGED_DAYS = 14;
/** Tagged images kept: enough to go back by, with each deployment making one. */
const TAGGED_IMAGES = 30;

/** What the image needs to know. */
export interface AppImageArgs {
  /**
   * Name of the ECR repository. A change replaces it; its images stay behind.
   * @default named by Pulumi after the component
   */
  readonly repositoryName?: string;
  /** Key of the repository's images. A change replaces the repository. */
  readonly keyArn: pulumi.Input<string>;
  /**
   * An image that already exists, `repository@sha256:<digest>`: what CI built. Neither preview nor deployment then
   * needs Docker.
   * @default built from {@link AppImageArgs.context}
   */
  readonly given?: string;
  /** Folder with the Dockerfile, relative to the program. */
  readonly context: string;
  /** Architecture of the nodes that will run it. */
  readonly architecture: "amd64" | "arm64";
  /** Refuse to delete the repository while it holds images. */
  readonly protect: boolean;
}

/**
 * The service's container image, by digest, and its repository.
 *
 * Building pushes with the credentials of the local Docker client (`aws ecr get-login-password | docker login`, or
 * Amazon's credential helper): a token fetched by the program would be a look-up at every preview, and would sit in
 * the state. The tag is a hash of what is built, as the repository refuses to move a tag; a preview builds nothing.
 * Needs the `docker` provider beside `aws`, unless an image is given.
 */
export class AppImage extends pulumi.ComponentResource {
  /** The image, `repository@sha256:<digest>`. */
  readonly reference: pulumi.Output<string>;
  readonly repositoryUrl: pulumi.Output<string>;

  constructor(name: string, args: AppImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:delivery:AppImage", name, {}, opts);

    const repository = new aws.ecr.Repository(
      `${name}-repository`,
      {
        name: args.repositoryName,
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: args.keyArn }],
        forceDelete: !args.protect,
      },
      { parent: this },
    );
    new aws.ecr.LifecyclePolicy(
      `${name}-lifecycle`,
      { repository: repository.name, policy: JSON.stringify({ rules: lifecycleRules }) },
      { parent: this },
    );

    this.repositoryUrl = repository.repositoryUrl;
    this.reference = args.given === undefined ? this.build(name, args) : pulumi.output(args.given);
    this.registerOutputs({ reference: this.reference, repositoryUrl: this.repositoryUrl });
  }

  private build(name: string, args: AppImageArgs): pulumi.Output<string> {
    const platform = `linux/${args.architecture}`;
    const image = new docker.Image(
      `${name}-build`,
      {
        imageName: pulumi.interpolate`${this.repositoryUrl}:${contextHash(args.context, platform)}`,
        build: { context: args.context, platform },
        buildOnPreview: false,
      },
      { parent: this },
    );
    return image.repoDigest;
  }
}

/** Rules of Amazon ECR's lifecycle policies; the lower priority goes first. */
const lifecycleRules = [
  {
    rulePriority: 1,
    description: `Untagged images leave after ${UNTAGGED_DAYS} days`,
    selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: UNTAGGED_DAYS },
    action: { type: "expire" },
  },
  {
    rulePriority: 2,
    description: `The ${TAGGED_IMAGES} newest images stay`,
    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: TAGGED_IMAGES },
    action: { type: "expire" },
  },
];
