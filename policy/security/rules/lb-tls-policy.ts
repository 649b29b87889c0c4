import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { LISTENERS } from "../../framework/types";

/** TLS 1.3 with a floor of 1.2 or 1.3; the Ext policies add older cipher suites. */
const MODERN = /^ELBSecurityPolicy-TLS13-1-[23]-(?!Ext)/;

export const lbTlsPolicy = resourceRule({
  id: "lb-tls-policy",
  title: "Listeners speak TLS 1.3, and nothing older than 1.2",
  severity: "high",
  frameworks: ["ELB.17", "CKV_AWS_103"],
  reason: "A listener made by an API without a policy of its own still accepts TLS 1.0.",
  example: "sslPolicy is not set",
  remedy: "set sslPolicy to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
  types: LISTENERS,
  *check({ props }) {
    if (["HTTPS", "TLS"].includes(props.at("protocol").string() ?? "")) {
      yield* must(props.at("sslPolicy"), (policy) => MODERN.test(policy.string() ?? ""));
    }
  },
});
