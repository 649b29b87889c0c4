import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

/** AWS's authorities of this generation: they end in 2061 and later (Amazon RDS User Guide, "Certificate authorities"). */
const AUTHORITIES = ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];

export const rdsCa = resourceRule({
  id: "rds-ca",
  title: "Databases show a certificate of an authority that has not ended",
  severity: "medium",
  frameworks: ["CKV_AWS_211"],
  reason:
    "Clients that check certificates, as they should, are cut off the day that the authority ends: rds-ca-2019 did in August 2024.",
  example: 'caCertIdentifier is "rds-ca-2019"',
  remedy: "set caCertIdentifier: rds-ca-rsa2048-g1, or another that ends in -g1",
  types: [RDS_INSTANCE],
  *check({ props }) {
    yield* must(props.at("caCertIdentifier"), (v) => AUTHORITIES.includes(v.string() ?? ""));
  },
});
