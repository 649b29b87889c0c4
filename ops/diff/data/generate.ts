/**
 * Writes aws.json beside it: which inputs of the AWS resources of this repository's stacks the provider cannot change in
 * place. The packages on npm don't say; the provider's source does (`ForceNew`, `RequiresReplace`):
 *
 *     git clone --depth 1 --branch v6.58.0 https://github.com/hashicorp/terraform-provider-aws /tmp/provider
 *     node --require ./ops/preview/typescript.cjs ops/diff/data/generate.ts /tmp/provider v6.58.0
 *
 * Says on standard error which attributes have no property in @pulumi/aws. Conditions that are code (`ForceNewIf`) are
 * not read; those of the stacks' types stand in `conditions.ts`.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stackNames } from "../../preview/stack-config";
import { sorted } from "../../preview/values";

const root = join(__dirname, "..", "..", "..");

/** Upstream's names, where they are not `aws_<module>_<resource>`. */
const UPSTREAM: Readonly<Record<string, string>> = {
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "aws_default_security_group",
  "aws:ec2/eip:Eip": "aws_eip",
  "aws:ec2/flowLog:FlowLog": "aws_flow_log",
  "aws:ec2/internetGateway:InternetGateway": "aws_internet_gateway",
  "aws:ec2/launchTemplate:LaunchTemplate": "aws_launch_template",
  "aws:ec2/natGateway:NatGateway": "aws_nat_gateway",
  "aws:ec2/route:Route": "aws_route",
  "aws:ec2/routeTable:RouteTable": "aws_route_table",
  "aws:ec2/routeTableAssociation:RouteTableAssociation": "aws_route_table_association",
  "aws:ec2/securityGroup:SecurityGroup": "aws_security_group",
  "aws:ec2/subnet:Subnet": "aws_subnet",
  "aws:ec2/vpc:Vpc": "aws_vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "aws_vpc_endpoint",
  "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
  "aws:rds/instance:Instance": "aws_db_instance",
  "aws:rds/parameterGroup:ParameterGroup": "aws_db_parameter_group",
  "aws:rds/proxy:Proxy": "aws_db_proxy",
  "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": "aws_db_proxy_default_target_group",
  "aws:rds/proxyTarget:ProxyTarget": "aws_db_proxy_target",
  "aws:rds/subnetGroup:SubnetGroup": "aws_db_subnet_group",
  "aws:serverlessrepository/cloudFormationStack:CloudFormationStack":
    "aws_serverlessapplicationrepository_cloudformation_stack",
  "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": "aws_cloudwatch_log_metric_filter",
  "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "aws_vpc_security_group_egress_rule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",
};

/** Properties that @pulumi/aws names otherwise than upstream does. */
const RENAMED: Readonly<Record<string, string>> = {
  "aws:cloudwatch/compositeAlarm:CompositeAlarm.alarm_name": "alarmName",
  "aws:cloudwatch/metricAlarm:MetricAlarm.alarm_name": "name",
};

/** Declared upstream by way of constants or variables, which this does not follow; read there. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/route:Route": ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"],
  "aws:sns/topic:Topic": ["fifoTopic", "name", "namePrefix"],
  "aws:sns/topicSubscription:TopicSubscription": ["endpoint", "protocol", "topicArn"],
};

interface Attribute {
  readonly path: readonly string[];
  readonly replaces: boolean;
  /** AWS has a value for it when the program gives none: no longer giving one changes nothing. */
  readonly computed: boolean;
}

/** What is written of a type: paths of inputs as @pulumi/aws names them. */
interface Replacing {
  readonly replaces: readonly string[];
  /** Those of them that AWS keeps when the program no longer gives them. */
  readonly computed: readonly string[];
}

function main([provider, version]: readonly string[]): void {
  if (provider === undefined || version === undefined)
    throw new Error("usage: generate.ts <provider's checkout> <tag>");
  const source = sourceOf(join(provider, "internal", "service"));
  const types: Record<string, Replacing> = {};
  for (const type of stackTypes()) types[type] = replacing(type, source);
  const file = {
    source:
      "hashicorp/terraform-provider-aws, the provider that @pulumi/aws wraps: attributes with ForceNew or RequiresReplace",
    version,
    types: sorted(types),
  };
  writeFileSync(join(__dirname, "aws.json"), `${JSON.stringify(file, null, 2)}\n`);
}

/** The types of AWS that any stack of this repository has. */
function stackTypes(): string[] {
  const types = stackNames(root).flatMap((stack) => {
    const snapshot = JSON.parse(readFileSync(join(root, "test", "snapshots", `${stack}.json`), "utf8"));
    return Object.values(snapshot as Record<string, { type: string }>).map(({ type }) => type);
  });
  return [...new Set(types)].filter((type) => type.startsWith("aws:")).sort();
}

function sourceOf(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".go") && !file.endsWith("_test.go"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
}

function replacing(type: string, source: string): Replacing {
  const [, module = "", file = ""] = /^aws:(\w+)\/(\w+):/.exec(type) ?? [];
  const upstream = UPSTREAM[type] ?? `aws_${module}_${snake(file)}`;
  const declarations = readFileSync(join(root, "node_modules", "@pulumi", "aws", module, `${file}.d.ts`), "utf8");
  const [, args = ""] = declarations.split(/^export interface \w+Args /m);
  const known = new Set([...args.matchAll(/^ {4}(\w+)\??: pulumi/gm)].map(([, name]) => name));
  const found = attributes(schemaOf(upstream, source)).filter(({ replaces }) => replaces);
  const paths = (list: readonly Attribute[]) => {
    return list.flatMap(({ path: [top = "", ...rest] }) => {
      const plain = RENAMED[`${type}.${top}`] ?? camel(top);
      const name = [plain, `${plain}s`, plain.replace(/y$/, "ies")].find((candidate) => known.has(candidate));
      if (name === undefined) console.error(`${type}: no property for ${top}`);
      return name === undefined ? [] : [[name, ...rest.map(camel)].join(".")];
    });
  };
  return {
    replaces: [...paths(found), ...(ELSEWHERE[type] ?? [])].sort(),
    computed: paths(found.filter(({ computed }) => computed)).sort(),
  };
}

/** The body of the function that declares a resource. */
function schemaOf(upstream: string, source: string): string {
  const annotation = new RegExp(`^// @(SDK|Framework)Resource\\("${upstream}"`, "m").exec(source);
  if (annotation === null) throw new Error(`no resource ${upstream} in the provider`);
  const after = source.slice(annotation.index);
  const [, create = ""] = /^func (\w+)\(/m.exec(after) ?? [];
  if (annotation[1] === "SDK") return body(after.slice(after.search(/^func /m)), source);
  const [, struct = ""] = new RegExp(`^func ${create}\\([^]*?&(\\w+)\\{`, "m").exec(after) ?? [];
  const method = (owner: string) => source.search(new RegExp(`^func \\(\\w+ \\*${owner}\\) Schema\\(`, "m"));
  // A rule for ingress and one for egress are one struct that both embed.
  const embedded = new RegExp(`^type ${struct} struct \\{\\n\\t(\\w+)`, "m").exec(source)?.[1] ?? "";
  const start = method(struct) >= 0 ? method(struct) : method(embedded);
  if (start < 0) throw new Error(`no schema of ${struct}`);
  return body(source.slice(start), source);
}

/** A function up to its closing brace, with the functions that it takes (parts of) its schema from. */
function body(text: string, source: string): string {
  const own = text.slice(0, text.search(/^\}/m));
  return own.replace(
    /^(\t+(?:"\w+"|names\.\w+):\s+)(\w+[sS]chema\w*)\(\w*\),$/gm,
    (line, key: string, name: string) => {
      const start = source.search(new RegExp(`^func ${name}\\(`, "m"));
      if (start < 0) return line;
      const called = source.slice(start);
      return `${key}{\n${called.slice(called.indexOf("\n"), called.search(/^\}/m))}\n},`;
    },
  );
}

/** The attributes of a schema, nested ones by their path. Braces alone tell where each begins and ends. */
function attributes(code: string): Attribute[] {
  const found: Attribute[] = [];
  const open: { readonly depth: number; readonly name: string; replaces: boolean; computed: boolean }[] = [];
  let depth = 0;
  for (const line of code.split("\n")) {
    const text = line.replace(/"(?:[^"\\]|\\.)*"/g, (string) => string.replace(/[{}]/g, "")).replace(/\/\/.*/, "");
    const entry = /^\s*(?:"(\w+)"|names\.Attr(\w+)):.*\{\s*$/.exec(text);
    if (entry !== null) open.push({ depth, name: entry[1] ?? snake(entry[2] ?? ""), replaces: false, computed: false });
    const current = open.at(-1);
    if (current !== undefined && /ForceNew:\s+true|RequiresReplace\w*\(/.test(text)) current.replaces = true;
    if (current !== undefined && /Computed:\s+true/.test(text)) current.computed = true;
    depth += (text.match(/\{/g)?.length ?? 0) - (text.match(/\}/g)?.length ?? 0);
    while (open.length > 0 && depth <= (open.at(-1)?.depth ?? 0)) {
      const path = open.map(({ name }) => name);
      const { replaces = false, computed = false } = open.pop() ?? {};
      found.push({ path, replaces, computed });
    }
  }
  return found;
}

/** `AvailabilityZone`, `KMSKeyID`, `SubnetIDs` → `availability_zone`, `kms_key_id`, `subnet_ids`. */
function snake(name: string): string {
  return name
    .replace(/_?ID(s?)$/, "_Id$1")
    .replace(/_?ARN(s?)$/, "_Arn$1")
    .replace(/^_/, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

main(process.argv.slice(2));
