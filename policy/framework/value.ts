/** Thrown by {@link Value} when a rule needs a value that is not known before deployment. */
export class Undecided extends Error {
  constructor(
    /** Path of the unknown property in its resource. */
    readonly path: string,
  ) {
    super(`${path} is unknown until deployment`);
    this.name = "Undecided";
  }
}

/** Stands for a value that the engine does not know yet. */
const UNKNOWN = Symbol("unknown until deployment");

/** Longest text that a message quotes. */
const QUOTE_LENGTH = 80;

/**
 * One property of a resource, present or not, known or not. Paths are dotted, list indexes included
 * (`spec.template.spec.containers.0.image`). Values of a wrong type read as absent, so that no property bag breaks a rule.
 */
export class Value {
  /**
   * @param raw the property as the policy server hands it over: its proxies throw when an unknown is read
   * @param path where it stands in its resource
   * @param inherited true when it is unknown only because something around it is
   */
  constructor(
    private readonly raw: unknown,
    readonly path: string = "",
    private readonly inherited: boolean = false,
  ) {}

  /** The property at a path below this one. */
  at(path: string): Value {
    return path.split(".").reduce<Value>((value, key) => value.child(key), this);
  }

  /** The property with this very name, dots and slashes included: for labels, annotations and policy documents. */
  child(key: string): Value {
    const path = this.path === "" ? key : `${this.path}.${key}`;
    if (this.raw === UNKNOWN) {
      return new Value(UNKNOWN, path, true);
    }
    if (typeof this.raw !== "object" || this.raw === null || !Object.hasOwn(this.raw, key)) {
      return new Value(undefined, path);
    }
    return new Value(readOrUnknown(this.raw, key), path);
  }

  /** Whether the value itself, or something around it, is unknown until deployment. */
  get unknown(): boolean {
    return this.raw === UNKNOWN;
  }

  /** Whether the property is given. One that is given but unknown, such as the id of a resource of the same stack, counts. */
  get isSet(): boolean {
    if (this.inherited) {
      throw new Undecided(this.path);
    }
    return this.raw !== undefined && this.raw !== null && this.raw !== "";
  }

  /** The text, when it is one. */
  string(): string | undefined {
    const known = this.known();
    return typeof known === "string" ? known : undefined;
  }

  /** The number; numbers written as text, as parameter groups have them, are read as numbers. */
  number(): number | undefined {
    const known = this.known();
    if (typeof known === "number") {
      return known;
    }
    return typeof known === "string" && known.trim() !== "" && Number.isFinite(Number(known))
      ? Number(known)
      : undefined;
  }

  /** The boolean; `"true"` and `"false"` are read as booleans. */
  boolean(): boolean | undefined {
    const known = this.known();
    return typeof known === "boolean" ? known : known === "true" ? true : known === "false" ? false : undefined;
  }

  /** The elements of a list; of anything else, none. */
  list(): Value[] {
    const known = this.known();
    return Array.isArray(known) ? Array.from(known.keys(), (index) => this.child(String(index))) : [];
  }

  /** The elements of a list, or the one value that stands in its place, as policy documents write it. */
  listOrOne(): Value[] {
    return Array.isArray(this.known()) ? this.list() : this.isSet ? [this] : [];
  }

  /** The texts in a list, or the one text that stands in its place. */
  strings(): string[] {
    return this.listOrOne().flatMap((value) => value.string() ?? []);
  }

  /** Names and values of an object's properties. */
  entries(): (readonly [string, Value])[] {
    const known = this.known();
    return typeof known === "object" && known !== null && !Array.isArray(known)
      ? Object.keys(known).map((key) => [key, this.child(key)] as const)
      : [];
  }

  /** The document in a JSON text (or already parsed); absent when it is not JSON. */
  json(): Value {
    const known = this.known();
    if (typeof known !== "string") {
      return this;
    }
    try {
      return new Value(JSON.parse(known), this.path);
    } catch {
      return new Value(undefined, this.path);
    }
  }

  /** What was found, in words: `backupRetentionPeriod is 3`. */
  toString(): string {
    if (this.unknown) {
      return `${this.path} is unknown until deployment`;
    }
    if (!this.isSet) {
      return `${this.path} is not set`;
    }
    if (typeof this.raw === "object") {
      return Array.isArray(this.raw) && this.raw.length === 0 ? `${this.path} is empty` : `${this.path} differs`;
    }
    const text = JSON.stringify(this.raw);
    return `${this.path} is ${text.length > QUOTE_LENGTH ? `${text.slice(0, QUOTE_LENGTH)}…` : text}`;
  }

  private known(): unknown {
    if (this.raw === UNKNOWN) {
      throw new Undecided(this.path);
    }
    return this.raw;
  }
}

/** Reading a plain property throws for one reason only: the server's proxy found it unknown. */
function readOrUnknown(owner: object, key: string): unknown {
  try {
    return Reflect.get(owner, key);
  } catch {
    return UNKNOWN;
  }
}
