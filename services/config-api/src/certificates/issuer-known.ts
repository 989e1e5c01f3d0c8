import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { isSignedBy } from '@postausgang/certificates/is-signed-by';
import type { CertificateContent } from '@postausgang/contracts';
import type { IsIssuerKnown, SettingsState } from '@postausgang/settings';

type Anchors = ReadonlyMap<string, readonly X509Certificate[]>;

let system: Anchors | undefined;
const answers = new WeakMap<CertificateContent, { readonly trusted: string; readonly isKnown: boolean }>();

/** Whether a certificate leads to an authority of this machine or to a trusted certificate of the store. */
export function issuerKnownIn({ certificates }: Pick<SettingsState, 'certificates'>): IsIssuerKnown {
  const contents = [...certificates.values()].flatMap(({ content }) =>
    content?.kind === 'trusted' ? [content] : [],
  );
  const trusted = contents.map(({ publicKeySha256 }) => publicKeySha256).join();
  const pems = contents.flatMap(({ certificate }) => (certificate === null ? [] : [certificate]));
  let own: Anchors | undefined;
  return (content) => {
    const before = answers.get(content);
    if (before?.trusted === trusted) return before.isKnown;
    system ??= bySubject(getCACertificates('default'));
    own ??= bySubject(pems);
    const isKnown = leadsTo(content, own) || leadsTo(content, system);
    answers.set(content, { trusted, isKnown });
    return isKnown;
  };
}

function leadsTo({ certificate, chain }: CertificateContent, anchors: Anchors): boolean {
  const links = [certificate, ...chain].flatMap((pem) => (pem === null ? [] : [new X509Certificate(pem)]));
  return links.some((link) => {
    const isAnchor = anchors.get(link.subject)?.some(({ raw }) => raw.equals(link.raw)) === true;
    return isAnchor || anchors.get(link.issuer)?.some((anchor) => isSignedBy(link, anchor)) === true;
  });
}

function bySubject(pems: readonly string[]): Anchors {
  const anchors = new Map<string, X509Certificate[]>();
  for (const pem of pems) {
    const certificate = new X509Certificate(pem);
    const others = anchors.get(certificate.subject) ?? [];
    anchors.set(certificate.subject, [...others, certificate]);
  }
  return anchors;
}
