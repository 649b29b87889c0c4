import { runtime } from "@pulumi/pulumi";

/** The repository's program with one fault: its databases can be reached from the internet. */
runtime.registerStackTransformation(({ type, props, opts }) =>
  type === "aws:rds/instance:Instance" ? { props: { ...props, publiclyAccessible: true }, opts } : undefined,
);

module.exports = require("../../..");
