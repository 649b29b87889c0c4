import { join } from "node:path";
import { runtime } from "@pulumi/pulumi";

/** The repository's program with one fault: its databases can be reached from the internet. */
runtime.registerStackTransformation(({ type, props, opts }) =>
  type === "aws:rds/instance:Instance" ? { props: { ...props, publiclyAccessible: true }, opts } : undefined,
);

// The engine starts a program in its own folder; the repository's expects its root.
process.chdir(join(__dirname, "../../.."));
module.exports = require("../../..");
