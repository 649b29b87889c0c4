export type Fields = ReadonlyMap<number, readonly (Buffer | number)[]>;

/** The values of an OTLP message's attributes that are texts or whole numbers. */
export type Attributes = Readonly<Record<string, string | number>>;

/** The number that begins at a place, and the place after it. */
function varintAt(bytes: Buffer, at: number): { readonly value: number; readonly next: number } {
  let [value, next] = [0, at];
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[next++] ?? 0;
    value += (byte & 127) * shift;
    if (byte < 128) return { value, next };
  }
}

/** The fields of one protobuf message by their numbers (Protocol Buffers, "Encoding"). */
export function fields(bytes: Buffer): Fields {
  const found = new Map<number, (Buffer | number)[]>();
  let at = 0;
  const varint = () => {
    const { value, next } = varintAt(bytes, at);
    at = next;
    return value;
  };
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    const value = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : varint());
    const number = Math.floor(tag / 8);
    found.set(number, [...(found.get(number) ?? []), value]);
  }
  return found;
}

export const messages = (message: Fields, number: number): Fields[] =>
  (message.get(number) ?? []).map((value) => fields(Buffer.from(value as Buffer)));
export const bytesOf = (message: Fields | undefined, number: number): Buffer =>
  (message?.get(number)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);

/** A field of whole numbers, packed. */
export function packed(message: Fields | undefined, number: number): number[] {
  const bytes = bytesOf(message, number);
  const values: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, next } = varintAt(bytes, at);
    values.push(value);
    at = next;
  }
  return values;
}

/** A `sint32`: zigzag, 0 when it is not there. */
export function signed(message: Fields | undefined, number: number): number {
  const value = Number(message?.get(number)?.[0] ?? 0);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** A `double`. */
export const double = (message: Fields, number: number): number => bytesOf(message, number).readDoubleLE();
/** A `fixed64`, 0 when it is not there. */
export const fixed64 = (message: Fields, number: number): bigint =>
  message.has(number) ? bytesOf(message, number).readBigUInt64LE() : 0n;

/** The attributes in a field of a message (opentelemetry-proto, common.proto: KeyValue). */
export const attributesOf = (message: Fields | undefined, number: number): Attributes =>
  Object.fromEntries(
    (message ? messages(message, number) : []).map((attribute) => {
      const [value] = messages(attribute, 2);
      const whole = value?.get(3)?.[0];
      return [bytesOf(attribute, 1).toString(), typeof whole === "number" ? whole : bytesOf(value, 1).toString()];
    }),
  );
