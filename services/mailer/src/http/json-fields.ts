const openingBrace = 0x7b;

/**
 * The JSON of an object with further fields in front of its own, of which it has at least one. Neither may have a
 * name of the other. The object's own bytes are not parsed. Where there is room in the memory before them they are not
 * even copied: the front is written over their beginning then, and `json` is not to be read any more.
 *
 * @param headroomBytes how many bytes before `json` belong to it; 0: `json` stays as it is
 */
export function withFieldsInFront(
  fields: Readonly<Record<string, unknown>>,
  json: Uint8Array,
  headroomBytes = 0,
): Uint8Array {
  const front = Buffer.from(`${JSON.stringify(fields).slice(0, -1)},`);
  const restStart = json.indexOf(openingBrace) + 1;
  const start = restStart - front.length;
  if (headroomBytes === 0 || start < -headroomBytes) {
    return Buffer.concat([front, json.subarray(restStart)]);
  }
  const whole = Buffer.from(json.buffer, json.byteOffset + start, json.length - start);
  whole.set(front);
  return whole;
}
