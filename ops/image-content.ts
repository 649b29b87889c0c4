/** Prints what decides the image of a stack: the platform of its nodes, and the hash of what is built. */
import { join } from "node:path";
import { contextHash } from "../components/image/context-hash";
import { ec2Instance } from "../sizing/instances";
import { readStackConfig } from "./preview/stack-config";

const root = join(__dirname, "..");
const { project, config } = readStackConfig(root, process.env.STACK ?? "prod");
const type = config[`${project}:computeNodeType`] ?? "";
const instance = ec2Instance(type);
if (instance === undefined) throw new Error(`computeNodeType: ${type} is no instance type that sizing/ knows`);
const platform = `linux/${instance.architecture}`;
console.log(`${platform}\n${contextHash(join(root, "app"), platform)}`);
