import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EC2_INSTANCE, LAUNCH_TEMPLATE, NODE_GROUP } from "../../framework/types";

export const nodeNoSsh = resourceRule({
  id: "node-no-ssh",
  title: "Nobody logs in to nodes by SSH",
  severity: "high",
  frameworks: ["CKV_AWS_100"],
  reason: "Keys are shared, never expire and leave no record; Session Manager asks IAM and writes down who was there.",
  example: 'remoteAccess.ec2SshKey is "ops"',
  remedy: "leave remoteAccess and keyName unset; use Session Manager",
  types: [NODE_GROUP, LAUNCH_TEMPLATE, EC2_INSTANCE],
  *check({ props }) {
    for (const path of ["remoteAccess.ec2SshKey", "keyName"]) {
      yield* must(props.at(path), (v) => !v.isSet);
    }
  },
});
