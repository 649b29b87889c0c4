import { attempt, each, type Finding, found } from "../../framework/finding";
import { allowing, documents, statementName } from "../../framework/iam";
import { namespaceOf, podSpec } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import {
  CONFIG_MAP,
  IAM_POLICY,
  IAM_POLICY_ATTACHMENT,
  IAM_ROLE,
  IAM_ROLE_POLICY,
  KMS_KEY,
  POD_IDENTITY,
  SECRET,
  WORKLOADS,
} from "../../framework/types";
import type { Value } from "../../framework/value";

const READ = "secretsmanager:GetSecretValue";

/** The six characters that Secrets Manager adds to a secret's name in its ARN. */
const ARN_SUFFIX = /-\?{6}$/;

export const secretPath = stackRule({
  id: "secret-path",
  title: "Pods read their secrets with a role of their own that may read these and no other",
  severity: "high",
  frameworks: ["IAM.21", "CKV_AWS_355"],
  reason:
    "A role that may read every secret is worth all of them; and one that may not read its own, or not decrypt it, fails at the first start.",
  example: "statement policy.Statement.0 allows secretsmanager:GetSecretValue on *",
  remedy: `associate the pods' service account with a role by Pod Identity; allow ${READ} on the secrets' ARNs without a wildcard, and kms:Decrypt on their key`,
  *check(stack) {
    yield* each(stack.ofType(IAM_ROLE_POLICY, IAM_POLICY, IAM_ROLE), narrow);
    yield* each(stack.ofType(...WORKLOADS), (workload) => way(stack, workload));
  },
});

/** Whether a statement allows reading secrets. */
const reads = (statement: Value): boolean => statement.child("Action").strings().some(covers);

/** Whether an action, with IAM's wildcards in it, is about reading secrets. */
function covers(action: string): boolean {
  const literal = action.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i").test(READ);
}

function* narrow(policy: StackResource): Generator<Finding> {
  yield* each(documents(policy), function* (document) {
    yield* each(allowing(document).filter(reads), function* (statement) {
      // An ARN of the same stack is unknown before deployment, and no wildcard.
      for (const resource of statement.child("Resource").listOrOne()) {
        if (!resource.unknown && /[*?]/.test((resource.string() ?? "").replace(ARN_SUFFIX, ""))) {
          yield found(`${statementName(statement)} allows ${READ} on ${resource.string()}`);
        }
      }
    });
  });
}

function* way(stack: Stack, workload: StackResource): Generator<Finding> {
  const secrets = secretsOf(workload);
  if (secrets.length === 0) {
    return;
  }
  const role = roleOf(stack, workload);
  if (role === undefined) {
    yield found(`it is told of ${secrets[0]?.name} and its service account has no role by Pod Identity`, workload);
    return;
  }
  const policies = policiesOf(stack, role);
  const readers = policies.filter((policy) => documents(policy).some((document) => allowing(document).some(reads)));
  const readable = readers.flatMap(granted).filter(({ type }) => type === SECRET);
  if (!readable.some((secret) => secrets.includes(secret))) {
    yield found(`its role ${role.name} may read none of ${secrets.map(({ name }) => name).join(", ")}`, workload);
  }
  for (const secret of new Set(readable)) {
    yield* attempt(function* () {
      if (!secrets.includes(secret)) {
        yield found(`its role ${role.name} may read ${secret.name}, of which it is not told`);
      }
      for (const key of secret.references("kmsKeyId").filter(({ type }) => type === KMS_KEY)) {
        if (!policies.some((policy) => granted(policy).includes(key))) {
          yield found(`its role ${role.name} may read ${secret.name} and may not decrypt it with ${key.name}`);
        }
      }
    }, workload);
  }
}

/** The secrets that a workload is told of, in its own spec or by a ConfigMap. */
function secretsOf(workload: StackResource): StackResource[] {
  const direct = workload.references("spec");
  const told = direct.filter(({ type }) => type === CONFIG_MAP).flatMap((map) => map.references("data"));
  return [...new Set([...direct, ...told].filter(({ type }) => type === SECRET))];
}

/** The role that Pod Identity gives a workload's pods. */
function roleOf(stack: Stack, workload: StackResource): StackResource | undefined {
  const account = podSpec(workload).at("serviceAccountName").string() ?? "default";
  const namespace = namespaceOf(stack, workload);
  const name = typeof namespace === "string" ? namespace : namespace.props.at("metadata.name").string();
  return stack
    .ofType(POD_IDENTITY)
    .filter(({ props }) => props.at("serviceAccount").string() === account && props.at("namespace").string() === name)
    .flatMap((association) => association.references("roleArn"))
    .find(({ type }) => type === IAM_ROLE);
}

/** What a policy, or a role with policies in it, is about. */
const granted = (policy: StackResource): readonly StackResource[] =>
  policy.references(policy.type === IAM_ROLE ? "inlinePolicies" : "policy");

/** The policies of a role: those in it, its own, and those that are attached to it. */
function policiesOf(stack: Stack, role: StackResource): StackResource[] {
  const attached = stack
    .referring(IAM_POLICY_ATTACHMENT, "role", role)
    .flatMap((attachment) => attachment.references("policyArn"))
    .filter(({ type }) => type === IAM_POLICY);
  return [role, ...stack.referring(IAM_ROLE_POLICY, "role", role), ...attached];
}
