import assert from "node:assert/strict";
import type { Policies } from "@pulumi/policy";
import { policies } from "../../policy/framework/pack";
import * as T from "../../policy/framework/types";
import { waiver } from "../../policy/framework/waiver";
import { packs } from "../../policy/packs";
import { JUDGEMENT, judge, mended, TODAY, UNKNOWN, urnOf } from "./engine";
import { given } from "./given";

type Props = Record<string, unknown>;

/** How the engine writes a secret. */
const secret = (value: unknown): Props => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

/** By rule: type, what breaks the rule and what it is mended to (undefined: nothing to mend). */
const CASES: Readonly<Record<string, readonly (readonly [type: string, broken: Props, mended: Props | undefined])[]>> =
  {
    "rds-deletion-protection": [
      [T.RDS_INSTANCE, {}, { deletionProtection: true }],
      [T.RDS_INSTANCE, { deletionProtection: false }, { deletionProtection: true }],
      [T.RDS_INSTANCE, { replicateSourceDb: UNKNOWN }, undefined],
      [T.RDS_INSTANCE, { deletionProtection: UNKNOWN }, undefined],
    ],
    "node-imdsv2": [
      [T.LAUNCH_TEMPLATE, {}, { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 } }],
      [
        T.EC2_INSTANCE,
        { metadataOptions: { httpEndpoint: "enabled", httpTokens: "optional", httpPutResponseHopLimit: 1 } },
        { metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 } },
      ],
      [T.LAUNCH_TEMPLATE, { metadataOptions: UNKNOWN }, undefined],
      [T.LAUNCH_TEMPLATE, { metadataOptions: ["in its place"] }, undefined],
      [T.LAUNCH_TEMPLATE, { metadataOptions: "in its place" }, undefined],
      [T.NODE_GROUP, {}, undefined],
    ],
    "node-ebs-encrypted": [
      [
        T.LAUNCH_TEMPLATE,
        {
          blockDeviceMappings: [
            { ebs: { kmsKeyId: UNKNOWN } },
            { virtualName: "ephemeral0" },
            { ebs: { encrypted: UNKNOWN } },
            { ebs: { encrypted: true } },
          ],
        },
        {
          blockDeviceMappings: [
            { ebs: { kmsKeyId: UNKNOWN, encrypted: "true" } },
            { virtualName: "ephemeral0" },
            { ebs: { encrypted: UNKNOWN } },
            { ebs: { encrypted: true } },
          ],
        },
      ],
      [T.LAUNCH_TEMPLATE, { blockDeviceMappings: UNKNOWN }, undefined],
      [T.LAUNCH_TEMPLATE, {}, undefined],
      [T.EC2_INSTANCE, {}, undefined],
    ],
    "ecr-scan": [[T.ECR_REPOSITORY, {}, { imageScanningConfiguration: { scanOnPush: true } }]],
    "kms-rotation": [
      [T.KMS_KEY, { enableKeyRotation: false }, { enableKeyRotation: true }],
      [T.KMS_KEY, { customerMasterKeySpec: "RSA_2048" }, undefined],
      [T.KMS_KEY, { customerMasterKeySpec: UNKNOWN }, undefined],
      [T.KMS_KEY, { customKeyStoreId: UNKNOWN }, undefined],
    ],
    "lb-drop-headers": [
      [T.LOAD_BALANCERS[0], {}, { dropInvalidHeaderFields: true }],
      [T.LOAD_BALANCERS[0], { loadBalancerType: "network" }, undefined],
    ],
  };

const every = packs.flatMap(({ rules }) => [...rules]);
const remediating = (all: Policies): Policies => all.map((policy) => ({ ...policy, enforcementLevel: "remediate" }));

describe("remediation", () => {
  it("has a case for every rule that mends", () => {
    const mending = every.flatMap((rule) => ("mends" in rule && rule.mends ? [rule.id] : []));
    assert.deepEqual(Object.keys(CASES).sort(), mending.sort());
  });

  for (const rule of every) {
    for (const [index, [type, broken, expected]] of (CASES[rule.id] ?? []).entries()) {
      const asDeclared = policies([rule], JUDGEMENT);

      it(`${rule.id} mends ${expected ? "what it finds" : "nothing here"} (${index + 1})`, async () => {
        // What the rule has nothing to do with: it must come through as it is.
        const bystanders = { password: secret("hush"), vpcId: UNKNOWN, list: [secret("hush"), UNKNOWN] };
        const resource = given(type, { ...broken, ...bystanders });
        const result = await mended(remediating(asDeclared), resource);
        assert.deepEqual(result, expected && { ...broken, ...expected, ...bystanders });
        if (expected) {
          const left = await judge([rule], [given(type, expected)]);
          assert.deepEqual(
            left.filter(({ enforcement }) => enforcement === "mandatory"),
            [],
          );
        }
      });

      if (expected) {
        it(`${rule.id} mends only under remediate, and not what is mended, waived or of another type (${index + 1})`, async () => {
          const resource = given(type, broken);
          assert.equal(await mended(asDeclared, resource), undefined);
          assert.equal(await mended(remediating(asDeclared), given(type, expected)), undefined);
          assert.equal(await mended(remediating(asDeclared), given("test:x:Thing", broken)), undefined);
          const facts = { reason: "Measured.", owner: "platform", expires: "2026-12-31" };
          const waivers = [waiver(rule.id, urnOf(resource), facts)];
          assert.equal(await mended(remediating(policies([rule], { waivers, today: TODAY })), resource), undefined);
        });
      }
    }
  }

  it("keeps secret what it mends", async () => {
    const rule = every.filter(({ id }) => id === "node-imdsv2");
    const options = { httpTokens: secret("optional"), httpPutResponseHopLimit: 2 };
    const all = remediating(policies(rule, JUDGEMENT));
    assert.deepEqual(await mended(all, given(T.LAUNCH_TEMPLATE, { metadataOptions: secret(options) })), {
      metadataOptions: secret({ httpTokens: secret("required"), httpPutResponseHopLimit: 1 }),
    });
  });
});
