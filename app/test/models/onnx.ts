/**
 * Small ONNX models for tests. Only what they need of the format (onnx.proto3) is written: a field is its number and
 * wire type, then a varint, or the length and bytes of what it holds.
 */

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const number = (field: number, value: number): Uint8Array => Uint8Array.from([...varint(field * 8), ...varint(value)]);
const bytes = (field: number, content: Uint8Array | string): Uint8Array => {
  const buffer = Buffer.from(content);
  return Buffer.concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(buffer.length)]), buffer]);
};
const message = (field: number, ...fields: Uint8Array[]): Uint8Array => bytes(field, Buffer.concat(fields));

const FLOAT = 1;
const INT64 = 7;

/** A float32 matrix, as an input or output of the graph. A dimension that is a text can be any number. */
const matrix = (field: number, name: string, shape: readonly (string | number)[]): Uint8Array => {
  const dimensions = shape.map((size) => message(1, typeof size === "number" ? number(1, size) : bytes(2, size)));
  return message(field, bytes(1, name), message(2, message(1, number(1, FLOAT), message(2, ...dimensions))));
};

const node = (operator: string, inputs: readonly string[], output: string, ...attributes: Uint8Array[]): Uint8Array =>
  message(1, ...inputs.map((input) => bytes(1, input)), bytes(2, output), bytes(4, operator), ...attributes);

/** An attribute that is a list of integers. */
const integers = (name: string, values: readonly number[]): Uint8Array =>
  message(5, bytes(1, name), ...values.map((value) => number(8, value)), number(20, 7));

/** A constant list of integers. */
const constant = (name: string, values: readonly number[]): Uint8Array =>
  message(5, number(1, values.length), number(2, INT64), ...values.map((value) => number(7, value)), bytes(8, name));

/** What a test's model is like. */
export interface TestModel {
  readonly features?: number;
  /** Columns of the output. */
  readonly columns?: number;
  /** How often each row is repeated and its sines taken before: makes the model slow. */
  readonly repeats?: number;
  /** What the scores are computed by, of the mean of a row. */
  readonly operator?: "Sigmoid" | "Exp" | "Sqrt";
  /** Makes the file longer, and another one. */
  readonly padding?: string;
}

/** A model that scores a row by the sigmoid of its mean. */
export function onnxModel({
  features = 8,
  columns = 1,
  repeats = 1,
  operator = "Sigmoid",
  padding = "",
}: TestModel = {}) {
  const mean = node("ReduceMean", ["sines"], "mean", integers("axes", [1]));
  const slow = [
    node("Tile", ["features", "repeats"], "tiled"),
    ...Array.from({ length: 10 }, (_, index) =>
      node("Sin", [index === 0 ? "tiled" : `sine${index}`], `sine${index + 1}`),
    ),
    node("Identity", ["sine10"], "sines"),
  ];
  const graph = message(
    7,
    ...(repeats > 1 ? slow : [node("Identity", ["features"], "sines")]),
    mean,
    node(operator, ["mean"], columns === 1 ? "score" : "single"),
    ...(columns === 1 ? [] : [node("Tile", ["single", "columns"], "score")]),
    bytes(2, "test"),
    constant("repeats", [1, repeats]),
    constant("columns", [1, columns]),
    matrix(11, "features", ["rows", features]),
    matrix(12, "score", ["rows", columns]),
  );
  // ir_version, producer's name, graph, opset 13 of the default domain.
  return Buffer.concat([number(1, 8), bytes(2, `test${padding}`), graph, message(8, number(2, 13))]);
}
