import type { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  Certificate,
  ExtendedKeyUsage,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyUsage,
  type KeyUsageType,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';

/** What stands in a certificate beside what node:crypto tells; its `keyUsage` are the extended key usages. */
export interface CertificateExtensions {
  /** Null: not restricted. */
  readonly keyUsage: readonly KeyUsageType[] | null;
  /** Object identifiers; null: not restricted. */
  readonly extendedKeyUsage: readonly string[] | null;
  /** From subjectAltName (rfc822Name) first, then from the subject (emailAddress), as they stand there. */
  readonly addresses: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

const idEmailAddress = '1.2.840.113549.1.9.1';

/** Reads the extensions that say what a certificate is for. Malformed ones count as absent but for the usages. */
export function readExtensions({ raw }: X509Certificate): CertificateExtensions {
  const { tbsCertificate } = AsnConvert.parse(raw, Certificate);
  const extension = (id: string) => tbsCertificate.extensions?.find(({ extnID }) => extnID === id)?.extnValue;
  const keyUsage = extension(id_ce_keyUsage);
  const extendedKeyUsage = extension(id_ce_extKeyUsage);
  const subjectAltName = extension(id_ce_subjectAltName);
  const names =
    subjectAltName === undefined ? [] : [...AsnConvert.parse(subjectAltName, SubjectAlternativeName)];
  const inSubject = tbsCertificate.subject
    .flatMap((relative) => [...relative])
    .filter(({ type }) => type === idEmailAddress)
    .map(({ value }) => value.toString());
  const inNames = names.flatMap(({ rfc822Name }) => (rfc822Name === undefined ? [] : [rfc822Name]));
  return {
    keyUsage: keyUsage === undefined ? null : AsnConvert.parse(keyUsage, KeyUsage).toJSON(),
    extendedKeyUsage:
      extendedKeyUsage === undefined ? null : [...AsnConvert.parse(extendedKeyUsage, ExtendedKeyUsage)],
    addresses: [...new Set([...inNames, ...inSubject])],
    dnsNames: names.flatMap(({ dNSName }) => (dNSName === undefined ? [] : [dNSName])),
    ipAddresses: names.flatMap(({ iPAddress }) => (iPAddress === undefined ? [] : [iPAddress])),
  };
}
