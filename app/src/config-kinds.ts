/** How one variable is read; `undefined` when its text is not allowed. */
export interface Kind<T> {
  readonly allowed: string;
  readonly read: (text: string) => T | undefined;
  /** What was found is not repeated. */
  readonly secret?: true;
  /** What the variable is when the environment does not have it. Without it, the variable must be there. */
  readonly absent?: { readonly value: T };
}

/** Any text but an empty one. */
export const text: Kind<string> = { allowed: "any text", read: (value) => (value === "" ? undefined : value) };

/** A whole number between bounds, both included. */
export const whole = (min: number, max: number): Kind<number> => ({
  allowed: `a whole number from ${min} to ${max}`,
  read: (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  },
});

/** Texts with commas between them; none for an empty text. */
export const list: Kind<readonly string[]> = {
  allowed: "texts with commas between them",
  read: (value) => {
    const items = value === "" ? [] : value.split(",").map((item) => item.trim());
    return items.includes("") ? undefined : items;
  },
};

export const oneOf = <T extends string>(...values: readonly T[]): Kind<T> => ({
  allowed: values.join(", "),
  read: (value) => values.find((allowed) => allowed === value),
});

export const url: Kind<string> = {
  allowed: "an http or https URL",
  read: (value) => (/^https?:$/.test(URL.parse(value)?.protocol ?? "") ? value : undefined),
};

const ATTRIBUTE = /^\s*([^=\s]+)=([^=]*)$/;

/** Names with values, as OpenTelemetry writes a resource ("Resource SDK", `OTEL_RESOURCE_ATTRIBUTES`); none for an empty text. */
export const attributes: Kind<Readonly<Record<string, string>>> = {
  allowed: "name=value with commas between them, special characters of a value percent-encoded",
  read: (value) => {
    const found: Record<string, string> = {};
    for (const item of value === "" ? [] : value.split(",")) {
      const [, name, encoded] = ATTRIBUTE.exec(item) ?? [];
      if (name === undefined || encoded === undefined) return undefined;
      try {
        found[name] = decodeURIComponent(encoded.trim());
      } catch {
        return undefined;
      }
    }
    return found;
  },
};

/** A part of a whole. */
export const share: Kind<number> = {
  allowed: "a number from 0 to 1",
  read: (value) => (/^\d+(\.\d+)?$/.test(value) && Number(value) <= 1 ? Number(value) : undefined),
};

export const optional = <T>(kind: Kind<T>): Kind<T | undefined> => ({ ...kind, absent: { value: undefined } });

export const secret = <T>(kind: Kind<T>): Kind<T> => ({ ...kind, secret: true });

export const port = whole(1, 65_535);
export const seconds = whole(1, 3600);
export const bytes = whole(1, Number.MAX_SAFE_INTEGER);
export const rate = whole(1, 1_000_000);
