import { PolicyPack } from "@pulumi/policy";
import { decodeOnce } from "../framework/decode-once";
import { policies } from "../framework/pack";
import { waivers } from "../waivers";
import { rules } from "./rules";

decodeOnce();
new PolicyPack("pynomaly-security", { policies: policies(rules, { waivers, today: new Date() }) });
