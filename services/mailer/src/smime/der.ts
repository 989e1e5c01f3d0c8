import { AsnConvert } from '@peculiar/asn1-schema';

/** The bytes as the library wants them. */
export function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** An object of the library as DER. */
export function derOf(object: object): Buffer {
  return Buffer.from(AsnConvert.serialize(object));
}
