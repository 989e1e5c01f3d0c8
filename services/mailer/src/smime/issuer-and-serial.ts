import type { X509Certificate } from 'node:crypto';
import { IssuerAndSerialNumber } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';

/** What CMS calls a certificate by (RFC 5652 §10.2.4). */
export function issuerAndSerialNumber({ raw }: X509Certificate): IssuerAndSerialNumber {
  const { issuer, serialNumber } = AsnConvert.parse(raw, Certificate).tbsCertificate;
  return new IssuerAndSerialNumber({ issuer, serialNumber });
}
