import { EncryptedContentInfo } from '@peculiar/asn1-cms';
import { AsnConvert, AsnProp, AsnPropTypes } from '@peculiar/asn1-schema';
import type { AlgorithmIdentifier } from '@peculiar/asn1-x509';

/** EncryptedData (RFC 5652 §8), which the library does not have. */
class EncryptedData {
  version = 0;
  encryptedContentInfo = new EncryptedContentInfo();
}
AsnProp({ type: AsnPropTypes.Integer })(EncryptedData.prototype, 'version');
AsnProp({ type: EncryptedContentInfo })(EncryptedData.prototype, 'encryptedContentInfo');

export interface Encrypted {
  readonly algorithm: AlgorithmIdentifier;
  readonly ciphertext: Uint8Array;
}

/** How content is encrypted, and what came of it; in one piece or in several. */
export function readEncryptedData(der: ArrayBuffer): Encrypted {
  const { encryptedContentInfo } = AsnConvert.parse(der, EncryptedData);
  const { contentEncryptionAlgorithm: algorithm, encryptedContent } = encryptedContentInfo;
  const pieces =
    encryptedContent?.constructedValue ?? [encryptedContent?.value].filter((one) => one !== undefined);
  return { algorithm, ciphertext: Buffer.concat(pieces.map(({ buffer }) => Buffer.from(buffer))) };
}
