import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { DIGEST, given, one, workload } from "../../given";

const repository = one(T.ECR_REPOSITORY, {
  imageTagMutability: "IMMUTABLE",
  imageScanningConfiguration: { scanOnPush: true },
  encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: UNKNOWN }],
});

const running = (image: unknown, ...refs: string[]): Given[] => [
  given(T.ECR_REPOSITORY, {}, { name: "repository" }),
  given("docker:index/image:Image", {}, { name: "build", refs: { imageName: ["repository"] } }),
  { ...workload({ containers: [{ name: "api", image }] }), refs: { spec: refs } },
];

/** What the rules about images and their repositories accept and refuse. */
export const imageCases: CaseTable = {
  "ecr-immutable": {
    holds: [repository(), repository({ imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" })],
    breaks: [
      [repository({ imageTagMutability: "MUTABLE" }), /imageTagMutability is "MUTABLE"/],
      [repository({ imageTagMutability: undefined }), /imageTagMutability is not set/],
    ],
  },
  "ecr-scan": {
    holds: [repository()],
    breaks: [[repository({ imageScanningConfiguration: { scanOnPush: false } }), /scanOnPush is false/]],
  },
  "ecr-cmk": {
    holds: [repository()],
    breaks: [
      [repository({ encryptionConfigurations: undefined }), /encryptionConfigurations is not set/],
      [repository({ encryptionConfigurations: [{ encryptionType: "AES256" }] }), /encryptionType is "AES256"/],
      [repository({ encryptionConfigurations: [{ encryptionType: "KMS" }] }), /kmsKey is not set/],
    ],
  },
  "image-from-own-repository": {
    holds: [
      running(UNKNOWN, "build"),
      running(UNKNOWN, "repository"),
      running(`123456789012.dkr.ecr.eu-west-1.amazonaws.com/api${DIGEST}`),
    ],
    breaks: [
      [running("pynomaly/api:1.0.0"), /container "api" runs pynomaly\/api:1.0.0/],
      [running(`public.ecr.aws/pynomaly/api${DIGEST}`), /runs public.ecr.aws/],
      [running(undefined), /runs no image/],
    ],
  },
};
