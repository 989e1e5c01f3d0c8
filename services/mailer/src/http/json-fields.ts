const openingBrace = 0x7b;

/**
 * The JSON of an object with further fields in front of its own, of which it has at least one. Neither may have a
 * name of the other. The object's own bytes are copied, not parsed.
 */
export function withFieldsInFront(fields: Readonly<Record<string, unknown>>, json: Uint8Array): Uint8Array {
  const front = `${JSON.stringify(fields).slice(0, -1)},`;
  return Buffer.concat([Buffer.from(front), json.subarray(json.indexOf(openingBrace) + 1)]);
}
