import { found, must, mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EC2_INSTANCE, LAUNCH_TEMPLATE } from "../../framework/types";

export const nodeEbsEncrypted = resourceRule({
  id: "node-ebs-encrypted",
  title: "Instances' disks are encrypted",
  severity: "high",
  frameworks: ["EC2.181"],
  reason: "Images, logs and what pods spill to disk outlive the instance in its snapshots.",
  example: "blockDeviceMappings is not set: the image's own, unencrypted disk is used",
  remedy: "set ebs.encrypted: true on every blockDeviceMappings entry (rootBlockDevice of an instance)",
  types: [LAUNCH_TEMPLATE, EC2_INSTANCE],
  // An instance would be replaced; a template only has a new version.
  *mends({ type, props }) {
    if (type === LAUNCH_TEMPLATE) {
      for (const disk of props.at("blockDeviceMappings").list()) {
        const encrypted = disk.at("ebs.encrypted");
        if (disk.at("ebs").isSet && !encrypted.unknown && encrypted.boolean() !== true) {
          yield [encrypted.path, "true"];
        }
      }
    }
  },
  *check({ type, props }) {
    if (type === EC2_INSTANCE) {
      yield* mustBe(props.at("rootBlockDevice.encrypted"), true);
      return;
    }
    const disks = props.at("blockDeviceMappings").list();
    if (disks.length === 0) {
      yield found("blockDeviceMappings is not set: the image's own, unencrypted disk is used");
    }
    for (const disk of disks.filter((mapping) => mapping.at("ebs").isSet)) {
      yield* must(disk.at("ebs.encrypted"), (v) => v.boolean() === true);
    }
  },
});
