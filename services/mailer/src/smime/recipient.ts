import type { KeyObject, X509Certificate } from 'node:crypto';
import type { IssuerAndSerialNumber } from '@peculiar/asn1-cms';
import { keyAgreements } from './algorithms.ts';
import { issuerAndSerialNumber } from './issuer-and-serial.ts';

/** Somebody a message can be encrypted to, as far as it costs time to find out. */
export interface Recipient {
  readonly identifier: IssuerAndSerialNumber;
  readonly publicKey: KeyObject;
  /** Null: the key of the content is encrypted with RSA. */
  readonly agreement: { readonly scheme: string; readonly hash: string; readonly curve: string } | null;
}

/** Undefined when nothing can be encrypted to the key of the certificate. */
export function createRecipient(certificate: X509Certificate): Recipient | undefined {
  const { publicKey } = certificate;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  const curve = details?.namedCurve ?? '';
  const agreement = keyAgreements[curve];
  if (type !== 'rsa' && (type !== 'ec' || agreement === undefined)) return undefined;
  return {
    identifier: issuerAndSerialNumber(certificate),
    publicKey,
    agreement: agreement === undefined ? null : { ...agreement, curve },
  };
}
