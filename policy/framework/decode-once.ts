import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * Lets a message's properties be decoded once. The policy server decodes those of every resource anew for each rule, and those of
 * the whole stack for each rule about the stack. It copies what it is given before a rule sees it, so that one decoded form
 * serves them all; each rule keeps its own name, enforcement and configuration.
 */
export function decodeOnce(): void {
  const decode = Struct.prototype.toJavaScript;
  const decoded = new WeakMap<Struct, Record<string, JavaScriptValue>>();
  Struct.prototype.toJavaScript = function (this: Struct) {
    const known = decoded.get(this);
    if (known !== undefined) {
      return known;
    }
    const value = decode.call(this);
    decoded.set(this, value);
    return value;
  };
}
