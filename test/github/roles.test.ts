import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { jobs, ROOT } from "./workflows";

const CLAIM = "token.actions.githubusercontent.com";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Principal?: { readonly Federated: unknown };
  readonly Condition: { readonly StringEquals: Readonly<Record<string, unknown>> };
}

interface Role {
  readonly Type: string;
  readonly Properties: {
    readonly RoleName: string;
    readonly AssumeRolePolicyDocument: { readonly Statement: readonly Statement[] };
  };
}

const { Resources } = parse(readFileSync(join(ROOT, "ops/github/roles.yaml"), "utf8")) as {
  Resources: Record<string, Role>;
};
const roles = Object.values(Resources).filter(({ Type }) => Type === "AWS::IAM::Role");

/** What a token must say, by the role's name without its prefix; parameters of the template as `${Name}`. */
const trusted = Object.fromEntries(
  roles.map(({ Properties }) => {
    const [statement, ...others] = Properties.AssumeRolePolicyDocument.Statement;
    assert.deepEqual(others, []);
    const claims = Object.entries(statement?.Condition.StringEquals ?? {}).map(([claim, value]) => {
      const texts = [value]
        .flat()
        .map((text) => (typeof text === "string" ? text : (text as { "Fn::Sub": string })["Fn::Sub"]));
      return [claim.replace(`${CLAIM}:`, ""), texts];
    });
    assert.deepEqual(Object.keys(statement?.Condition ?? {}), ["StringEquals"]);
    return [Properties.RoleName.replace("pynomaly-github-", ""), Object.fromEntries(claims)];
  }),
);

/** A parameter of the template. */
const PREFIX = "$" + "{SubjectPrefix}";
const REPOSITORY = "$" + "{Repository}";

describe("roles for GitHub", () => {
  it("trust this repository's main alone, and a pull request for a preview only", () => {
    const main = `${PREFIX}:ref:refs/heads/main`;
    const file = (name: string) => [`${REPOSITORY}/.github/workflows/${name}.yml@refs/heads/main`];
    const aud = ["sts.amazonaws.com"];
    assert.deepEqual(trusted, {
      preview: { aud, sub: [`${PREFIX}:pull_request`, main] },
      drift: { aud, sub: [main], job_workflow_ref: file("drift") },
      image: { aud, sub: [main], job_workflow_ref: file("deploy") },
      deploy: {
        aud,
        sub: [`${PREFIX}:environment:production`],
        ref: ["refs/heads/main"],
        job_workflow_ref: file("deploy"),
      },
    });
  });

  it("are those that the workflows assume, where the trust lets them", () => {
    const assumed = jobs.flatMap(({ workflow, name, job }) => {
      const role = job.steps.find(({ uses }) => uses?.startsWith("./"))?.with?.role;
      return role === undefined ? [] : [{ role: String(role), workflow, name, job }];
    });
    assert.deepEqual(new Set(assumed.map(({ role }) => role)), new Set(Object.keys(trusted)));
    for (const { role, workflow, name, job } of assumed) {
      const { sub = [], job_workflow_ref } = trusted[role] as Record<string, readonly string[]>;
      const kind = job.environment
        ? `environment:${job.environment}`
        : "pull_request" in workflow.on
          ? "pull_request"
          : "ref:";
      assert.ok(
        sub.some((subject) => subject.includes(`:${kind}`)),
        `${workflow.file} ${name}`,
      );
      if (job_workflow_ref) assert.ok(job_workflow_ref[0]?.includes(`/${workflow.file}@`), `${workflow.file} ${name}`);
    }
  });
});
