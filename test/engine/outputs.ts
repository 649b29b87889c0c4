import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

type Properties = Record<string, JavaScriptValue>;

/** What a provider adds to a resource's inputs. */
export interface Outputs {
  readonly plain: Properties;
  /** Names of the generated secret strings. */
  readonly secrets: readonly string[];
}

/** What else the program reads of AWS's resources, by type; `name` is the resource's name in the program. */
const ofAws: Readonly<Record<string, (name: string) => Properties>> = {
  "aws:rds/instance:Instance": (name) => ({ address: `${name}.example`, port: 5432, identifier: name }),
};

/** The outputs of a resource of the stand-in provider, told apart by the type in its URN. */
export function outputsOf(urn: string, id: string): Outputs {
  const [type = "", name = ""] = urn.split("::").slice(-2);
  const token = type.split("$").at(-1) ?? type;
  switch (token.split(":")[0]) {
    case "aws":
      return { plain: { name, arn: `arn:aws:stand-in:::${id}`, ...ofAws[token]?.(name) }, secrets: [] };
    case "random":
      return { plain: {}, secrets: ["result"] };
    default:
      return { plain: {}, secrets: [] };
  }
}
