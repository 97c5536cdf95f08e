/**
 * Writes method calls as the D-Bus specification wants them ("Message Format", "Marshaling"). Each call gets one
 * buffer, because there are thousands of calls (docs/adr/0002). Must not read messages.
 */
import { Variant } from "dbus-next/lib/variant.js";

export interface CallMessage {
  readonly serial: number;
  readonly flags: number;
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Empty without arguments. */
  readonly signature: string;
  readonly body: readonly unknown[];
}

const littleEndian = 0x6c;
const methodCall = 1;
const protocolVersion = 1;
/** Where the length of the body stands. */
const bodyLengthAt = 4;

/** Header fields by their numbers, in this order; the value of each is a variant. */
const headerFields = [
  { code: 1, type: "o", key: "path" },
  { code: 2, type: "s", key: "interface" },
  { code: 3, type: "s", key: "member" },
  { code: 6, type: "s", key: "destination" },
  { code: 8, type: "g", key: "signature" },
] as const;

/**
 * @throws TypeError when the body does not fit the signature, or the signature has a type that is not supported here
 */
export function encodeCall(call: CallMessage): Buffer {
  const writer = new Writer();
  for (const byte of [littleEndian, methodCall, call.flags, protocolVersion]) writer.byte(byte);
  writer.uint32(0);
  writer.uint32(call.serial);
  writer.array(8, () => {
    for (const { code, type, key } of headerFields) {
      if (call[key] === "") continue;
      writer.align(8);
      writer.byte(code);
      writer.variant(type, call[key]);
    }
  });
  writer.align(8);
  const bodyStart = writer.length;
  writer.values(call.signature, call.body);
  writer.setUint32(bodyLengthAt, writer.length - bodyStart);
  return writer.take();
}

class Writer {
  #bytes = Buffer.allocUnsafe(256);
  length = 0;

  /** One value for each complete type of the signature. */
  values(signature: string, values: readonly unknown[]): void {
    const types = splitSignature(signature);
    if (types.length !== values.length)
      throw new TypeError(`${signature} is not for ${values.length} values`);
    for (const [index, type] of types.entries()) this.#value(type, values[index]);
  }

  #value(type: string, value: unknown): void {
    if (type === "s" || type === "o") this.#string(asString(value));
    else if (type === "g") this.#signature(asString(value));
    else if (type === "b") this.uint32(value === true ? 1 : 0);
    else if (type === "t" && typeof value === "bigint") this.#uint64(value);
    else if (type === "v" && value instanceof Variant) this.variant(value.signature, value.value);
    else if (type.startsWith("(") && Array.isArray(value)) this.#struct(type.slice(1, -1), value);
    else if (type.startsWith("a") && Array.isArray(value)) {
      const itemType = type.slice(1);
      this.array(alignmentOf(itemType), () => {
        for (const item of value) this.#value(itemType, item);
      });
    } else throw new TypeError(`no value of the D-Bus type ${type}`);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length] = value;
    this.length += 1;
  }

  uint32(value: number): void {
    this.align(4);
    this.#reserve(4);
    this.#bytes.writeUInt32LE(value, this.length);
    this.length += 4;
  }

  #uint64(value: bigint): void {
    this.align(8);
    this.#reserve(8);
    this.#bytes.writeBigUInt64LE(value, this.length);
    this.length += 8;
  }

  setUint32(at: number, value: number): void {
    this.#bytes.writeUInt32LE(value, at);
  }

  variant(type: string, value: unknown): void {
    this.#signature(type);
    this.#value(type, value);
  }

  /** The length does not count the padding in front of the first item. */
  array(alignment: number, writeItems: () => void): void {
    this.uint32(0);
    const lengthAt = this.length - 4;
    this.align(alignment);
    const start = this.length;
    writeItems();
    this.setUint32(lengthAt, this.length - start);
  }

  align(to: number): void {
    while (this.length % to !== 0) this.byte(0);
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  #struct(signature: string, values: readonly unknown[]): void {
    this.align(8);
    this.values(signature, values);
  }

  #string(text: string): void {
    const length = Buffer.byteLength(text);
    this.uint32(length);
    this.#text(text, length);
  }

  #signature(text: string): void {
    const length = Buffer.byteLength(text);
    this.byte(length);
    this.#text(text, length);
  }

  #text(text: string, length: number): void {
    this.#reserve(length);
    this.#bytes.write(text, this.length);
    this.length += length;
    this.byte(0);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.length + more));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

function asString(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError("a text is needed");
}

function alignmentOf(type: string): number {
  if (type.startsWith("(") || type === "t") return 8;
  return type === "v" || type === "g" ? 1 : 4;
}

/** `sa(sv)b` → `s`, `a(sv)`, `b`. */
function splitSignature(signature: string): readonly string[] {
  const types: string[] = [];
  for (let start = 0; start < signature.length; ) {
    const end = findTypeEnd(signature, start);
    types.push(signature.slice(start, end));
    start = end;
  }
  return types;
}

function findTypeEnd(signature: string, start: number): number {
  if (signature[start] === "a") return findTypeEnd(signature, start + 1);
  if (signature[start] !== "(") return start + 1;
  let depth = 0;
  for (let at = start; at < signature.length; at += 1) {
    if (signature[at] === "(") depth += 1;
    if (signature[at] === ")") depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new TypeError(`${signature} is no signature`);
}
