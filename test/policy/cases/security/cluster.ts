import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { given, one } from "../../given";

const cluster = one(T.EKS_CLUSTER, {
  version: "1.35",
  upgradePolicy: { supportType: "STANDARD" },
  vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: false },
  encryptionConfig: { provider: { keyArn: UNKNOWN }, resources: ["secrets"] },
  enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
  accessConfig: { authenticationMode: "API" },
});
const network = (vpcConfig: Record<string, unknown>): Given[] =>
  cluster({ vpcConfig: { endpointPrivateAccess: true, ...vpcConfig } });
const template = one(T.LAUNCH_TEMPLATE, {
  metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
  blockDeviceMappings: [{ ebs: { encrypted: "true" } }],
});

/** What the rules about clusters and their nodes accept and refuse. */
export const clusterCases: CaseTable = {
  "eks-private-endpoint": {
    holds: [cluster(), network({ endpointPublicAccess: true, publicAccessCidrs: ["203.0.113.0/24"] })],
    breaks: [
      [network({}), /public and publicAccessCidrs is not set/],
      [
        network({ endpointPublicAccess: true, publicAccessCidrs: ["0.0.0.0/0"] }),
        /publicAccessCidrs.0 is "0.0.0.0\/0"/,
      ],
      [network({ endpointPublicAccess: false, endpointPrivateAccess: false }), /endpointPrivateAccess is false/],
    ],
  },
  "eks-supported-version": {
    holds: [cluster(), cluster({ version: "1.34" })],
    breaks: [
      [cluster({ version: "1.33" }), /"1.33", whose standard support ended on 2026-07-29/],
      [cluster({ version: "1.13" }), /"1.13", which the calendar does not list/],
      [cluster({ version: undefined }), /version is not set/],
      [cluster({ upgradePolicy: { supportType: "EXTENDED" } }), /supportType is "EXTENDED"/],
    ],
  },
  "eks-secrets-cmk": {
    holds: [cluster()],
    breaks: [
      [cluster({ encryptionConfig: undefined }), /does not cover secrets/],
      [cluster({ encryptionConfig: { resources: ["secrets"] } }), /provider.keyArn is not set/],
    ],
  },
  "eks-all-logs": {
    holds: [cluster()],
    breaks: [
      [cluster({ enabledClusterLogTypes: ["api", "audit"] }), /lacks authenticator, controllerManager, scheduler/],
    ],
  },
  "eks-api-auth": {
    holds: [cluster()],
    breaks: [
      [cluster({ accessConfig: { authenticationMode: "API_AND_CONFIG_MAP" } }), /is "API_AND_CONFIG_MAP"/],
      [cluster({ accessConfig: undefined }), /authenticationMode is not set/],
    ],
  },
  "node-imdsv2": {
    holds: [template(), [given(T.NODE_GROUP, { launchTemplate: { id: UNKNOWN } })]],
    breaks: [
      [
        template({ metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: 1 } }),
        /httpTokens is "optional"/,
      ],
      [template({ metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 2 } }), /HopLimit is 2/],
      [template({ metadataOptions: undefined }), /httpTokens is not set/],
      [[given(T.EC2_INSTANCE)], /httpTokens is not set/],
      [[given(T.NODE_GROUP)], /launchTemplate is not set/],
    ],
  },
  "node-ebs-encrypted": {
    holds: [
      template(),
      template({ blockDeviceMappings: [{ ebs: { encrypted: true } }, { virtualName: "ephemeral0" }] }),
      [given(T.EC2_INSTANCE, { rootBlockDevice: { encrypted: true } })],
    ],
    breaks: [
      [template({ blockDeviceMappings: undefined }), /blockDeviceMappings is not set/],
      [template({ blockDeviceMappings: [{ ebs: { encrypted: "false" } }] }), /ebs.encrypted is "false"/],
      [[given(T.EC2_INSTANCE)], /rootBlockDevice.encrypted is not set/],
    ],
  },
  "node-no-public-ip": {
    holds: [template(), template({ networkInterfaces: [{ associatePublicIpAddress: "false" }] })],
    breaks: [
      [
        template({ networkInterfaces: [{ associatePublicIpAddress: "true" }] }),
        /networkInterfaces.0.associatePublicIpAddress is "true"/,
      ],
      [[given(T.EC2_INSTANCE, { associatePublicIpAddress: true })], /associatePublicIpAddress is true/],
    ],
  },
  "node-no-ssh": {
    holds: [template(), [given(T.NODE_GROUP)]],
    breaks: [
      [[given(T.NODE_GROUP, { remoteAccess: { ec2SshKey: "ops" } })], /remoteAccess.ec2SshKey is "ops"/],
      [template({ keyName: "ops" }), /keyName is "ops"/],
    ],
  },
};
