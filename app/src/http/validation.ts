import { Ajv, type ErrorObject, type Options } from "ajv";
import type { FastifySchemaCompiler } from "fastify";
import { type Fault, Problem } from "./problem.ts";
import { TIMESTAMP_ALLOWED, utcTimestamp } from "./timestamp.ts";

/** Inputs with more values than this are told their first fault alone: a bad body does not make a huge answer. */
const MAX_VALUES = 1000;
/** Faults that one answer lists. */
const MAX_FAULTS = 20;
/** Characters of a text that was found and is repeated. */
const MAX_FOUND = 40;

const OPTIONS: Options = {
  // A field that nobody knows is a mistake of the client, who would never hear of it.
  removeAdditional: false,
  useDefaults: true,
  // Errors then carry the schema and the value they are about.
  verbose: true,
  formats: { "date-time": (text: string) => utcTimestamp(text) !== undefined },
};

/** What validates a part of a request: its name in pointers, and whether its values arrive as text. */
const PARTS: Readonly<Record<string, { readonly name: string; readonly text: boolean }>> = {
  body: { name: "body", text: false },
  querystring: { name: "query", text: true },
  params: { name: "params", text: true },
  headers: { name: "headers", text: true },
};

/**
 * Compiles the routes' schemas. Only parts that arrive as text are coerced: JSON has types of its own.
 *
 * A first pass stops at the first fault. Only where there is one, and the input is small, a second one collects them all.
 */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  // Strict about numbers, Ajv holds no bound against the Infinity that it reads from a text.
  const ajvs = { text: pair({ ...OPTIONS, coerceTypes: true, strictNumbers: false }), json: pair(OPTIONS) };
  return ({ schema, httpPart }) => {
    const part = PARTS[httpPart ?? ""];
    if (part === undefined) throw new Error(`no schema is known for the ${httpPart} of a request`);
    const { first, all } = ajvs[part.text ? "text" : "json"];
    const validFirst = first.compile(schema);
    let validAll: typeof validFirst | undefined;
    return (data: unknown) => {
      if (validFirst(data)) return true;
      let { errors } = validFirst;
      if (isSmall(data)) {
        validAll ??= all.compile(schema);
        if (!validAll(data)) errors = validAll.errors;
      }
      return { error: invalid(part.name, errors ?? []) };
    };
  };
}

function pair(options: Options) {
  return { first: new Ajv(options), all: new Ajv({ ...options, allErrors: true }) };
}

/** Whether there are at most {@link MAX_VALUES} values in it, at any depth. */
function isSmall(data: unknown): boolean {
  const open = [data];
  for (let seen = 0; open.length > 0; seen += 1) {
    if (seen + open.length > MAX_VALUES) return false;
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    const children = Object.values(value);
    if (children.length > MAX_VALUES) return false;
    open.push(...children);
  }
  return true;
}

function invalid(part: string, errors: readonly ErrorObject[]): Problem {
  const faults = new Map<string, { allowed: Set<string>; error: ErrorObject }>();
  for (const error of errors) {
    // The branches' own errors say more.
    if (error.keyword === "anyOf" && errors.length > 1) continue;
    const pointer = `/${part}${error.instancePath}${pointerTo(error)}`;
    const fault = faults.get(pointer) ?? { allowed: new Set(), error };
    fault.allowed.add(allowed(error));
    faults.set(pointer, fault);
  }
  const list = [...faults].slice(0, MAX_FAULTS).map(
    ([pointer, { allowed, error }]): Fault => ({
      pointer,
      detail: `allowed: ${[...allowed].join(", ")}; found ${found(error, part)}${described(error)}`,
    }),
  );
  const where = part === "body" ? "body" : part === "params" ? "path" : part;
  return new Problem(400, "invalid-request", `The ${where} of the request does not have what is allowed.`, {
    errors: list,
  });
}

/** What the schema says the value is for: there a client reads what to do instead. */
function described({ parentSchema }: ErrorObject): string {
  return parentSchema?.description === undefined ? "" : `. ${parentSchema.description}`;
}

/** The rest of the pointer where an error is about a property that is missing or unknown. */
function pointerTo({ keyword, params }: ErrorObject): string {
  const property = keyword === "required" ? params.missingProperty : params.additionalProperty;
  return typeof property === "string" ? `/${property.replaceAll("~", "~0").replaceAll("/", "~1")}` : "";
}

const MESSAGES: Readonly<Record<string, (error: ErrorObject) => string>> = {
  type: ({ params }) => [params.type].flat().join(" or "),
  minimum: ({ params }) => `>= ${params.limit}`,
  maximum: ({ params }) => `<= ${params.limit}`,
  exclusiveMinimum: ({ params }) => `> ${params.limit}`,
  exclusiveMaximum: ({ params }) => `< ${params.limit}`,
  minLength: ({ params }) => `at least ${params.limit} characters`,
  maxLength: ({ params }) => `at most ${params.limit} characters`,
  minItems: ({ params }) => `at least ${params.limit} items`,
  maxItems: ({ params }) => `at most ${params.limit} items`,
  uniqueItems: () => "items that differ",
  pattern: ({ params }) => `text that matches ${params.pattern}`,
  format: ({ params }) => (params.format === "date-time" ? TIMESTAMP_ALLOWED : params.format),
  enum: ({ params }) => params.allowedValues.map((value: unknown) => JSON.stringify(value)).join(", "),
  const: ({ params }) => JSON.stringify(params.allowedValue),
  required: () => "a value",
  additionalProperties: ({ parentSchema }) => Object.keys(parentSchema?.properties ?? {}).join(", ") || "nothing",
};

function allowed(error: ErrorObject): string {
  return MESSAGES[error.keyword]?.(error) ?? error.message ?? error.keyword;
}

/** What was found, without the texts of body and headers: secrets travel there. */
function found({ keyword, data }: ErrorObject, part: string): string {
  if (keyword === "required") return "nothing";
  if (keyword === "additionalProperties") return "a name that is not known";
  if (Array.isArray(data)) return `an array of ${data.length}`;
  if (typeof data === "object" && data !== null) return "an object";
  if (typeof data !== "string") return String(data);
  if (part === "body" || part === "headers") return `a text of ${data.length} characters`;
  return JSON.stringify(data.length > MAX_FOUND ? `${data.slice(0, MAX_FOUND)}…` : data);
}
