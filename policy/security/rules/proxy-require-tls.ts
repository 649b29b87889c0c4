import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_PROXY } from "../../framework/types";

export const proxyRequireTls = resourceRule({
  id: "proxy-require-tls",
  title: "The database proxy refuses connections in clear text",
  severity: "medium",
  frameworks: ["RDS.43"],
  reason: "The database's own setting protects only the way from the proxy on.",
  example: "requireTls is not set",
  remedy: "set requireTls: true",
  types: [RDS_PROXY],
  *check({ props }) {
    yield* mustBe(props.at("requireTls"), true);
  },
});
