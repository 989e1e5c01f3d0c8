import { ContentInfo, id_signedData, SignedData } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';

/** The certificates of a bundle without signature (`.p7b`, RFC 5652 §5), as DER; undefined when it is none. */
export function pkcs7Certificates(der: Uint8Array): readonly Uint8Array[] | undefined {
  try {
    const info = AsnConvert.parse(der, ContentInfo);
    if (info.contentType !== id_signedData) return undefined;
    const { certificates } = AsnConvert.parse(info.content, SignedData);
    return [...(certificates ?? [])].flatMap(({ certificate }) =>
      certificate === undefined ? [] : [new Uint8Array(AsnConvert.serialize(certificate))],
    );
  } catch {
    return undefined;
  }
}
