import { z } from "zod";

/** One configuration key. */
export interface Field<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  /** Pulumi's own type of the key, for the declaration in `Pulumi.yaml`. */
  readonly type: "string" | "integer" | "boolean" | "array";
  /** What the key means, with its unit. */
  readonly description: string;
  /** The allowed values, in words: completes "found X; allowed: …". */
  readonly allowed: string;
  /** The value where a stack sets none; none means required, or absent where the key is optional. */
  readonly default?: unknown;
  /** The stack works without the key. */
  readonly optional?: true;
}

/** What a field says of itself. */
export interface Words<T> {
  description: string;
  allowed: string;
  default?: T;
}

/** A schema that takes a missing value for the default. */
export const withDefault = <S extends z.ZodType>(schema: S, value: z.output<S> | undefined) =>
  (value === undefined ? schema : schema.default(value as never)) as unknown as S;

/** A key whose value is a text. */
export const string = <S extends z.ZodType<string>>(schema: S, words: Words<z.output<S>>): Field<S> => ({
  ...words,
  schema: withDefault(schema, words.default),
  type: "string",
});

/** A text that a stack can be without. */
export const optional = <S extends z.ZodType<string>>(schema: S, words: Words<never>): Field<z.ZodOptional<S>> => ({
  ...words,
  schema: schema.optional(),
  type: "string",
  optional: true,
});

/** A whole number. */
export const integer = (min: number, max: number, unit: string, words: Omit<Words<number>, "allowed">) => ({
  ...words,
  allowed: `a whole number of ${unit} from ${min} to ${max}`,
  schema: withDefault(
    z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(min).max(max)) as unknown as z.ZodType<number>,
    words.default,
  ),
  type: "integer" as const,
});

/** A switch. */
export const boolean = (words: Omit<Words<boolean>, "allowed">) => ({
  ...words,
  allowed: "true or false",
  schema: withDefault(
    z.enum(["true", "false"]).transform((text) => text === "true") as unknown as z.ZodType<boolean>,
    words.default,
  ),
  type: "boolean" as const,
});

/** One of some texts. */
export const oneOf = <const V extends string>(values: readonly [V, ...V[]], words: Omit<Words<V>, "allowed">) =>
  string(z.enum(values) as unknown as z.ZodType<V>, { ...words, allowed: values.join(", ") });

/** A list of texts, no two alike. @param fewest items that it must have */
export const list = (item: z.ZodType<string>, words: Words<readonly string[]>, fewest = 0) => ({
  ...words,
  schema: withDefault(
    z
      .string()
      .transform((text, context) => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          context.addIssue({ code: "custom", message: "not a list" });
          return z.NEVER;
        }
      })
      .pipe(z.array(item).min(fewest))
      .refine((items) => new Set(items).size === items.length) as unknown as z.ZodType<readonly string[]>,
    words.default,
  ),
  type: "array" as const,
});
