import { PolicyPack } from "@pulumi/policy";
import { policies } from "../framework/pack";
import { waivers } from "../waivers";
import { rules } from "./rules";

new PolicyPack("pynomaly-resources", { policies: policies(rules, { waivers, today: new Date() }) });
