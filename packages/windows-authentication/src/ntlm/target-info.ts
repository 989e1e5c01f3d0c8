/** One attribute of a target (MS-NLMP 2.2.2.1). */
export interface Attribute {
  readonly id: number;
  readonly value: Buffer;
}

/** The attributes that are read or written here. */
export const attributeIds = { end: 0, flags: 6, timestamp: 7, targetName: 9, channelBindings: 10 } as const;

/** The attributes before the one that ends the list; null when the list is not well formed. */
export function readTargetInfo(bytes: Buffer): readonly Attribute[] | null {
  const attributes: Attribute[] = [];
  for (let offset = 0; offset + 4 <= bytes.length;) {
    const id = bytes.readUInt16LE(offset);
    const end = offset + 4 + bytes.readUInt16LE(offset + 2);
    if (id === attributeIds.end) return attributes;
    if (end > bytes.length) return null;
    attributes.push({ id, value: bytes.subarray(offset + 4, end) });
    offset = end;
  }
  return null;
}

/** The list of the attributes, with its end. */
export function writeTargetInfo(attributes: readonly Attribute[]): Buffer {
  const end = { id: attributeIds.end, value: Buffer.alloc(0) };
  return Buffer.concat(
    [...attributes, end].flatMap(({ id, value }) => {
      const header = Buffer.alloc(4);
      header.writeUInt16LE(id);
      header.writeUInt16LE(value.length, 2);
      return [header, value];
    }),
  );
}
