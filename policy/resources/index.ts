import { PolicyPack } from "@pulumi/policy";
import { readPrices } from "../../sizing/prices";
import { decodeOnce } from "../framework/decode-once";
import { policies } from "../framework/pack";
import { waivers } from "../waivers";
import { rules } from "./rules";

decodeOnce();
const judgement = { waivers, prices: readPrices(), today: new Date() };
new PolicyPack("pynomaly-resources", { policies: policies(rules, judgement) });
