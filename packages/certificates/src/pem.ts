/** A block between BEGIN and END (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  /** The block as it stands, headers of encrypted keys included. */
  readonly text: string;
  readonly der: Buffer;
}

const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
/** `Proc-Type: 4,ENCRYPTED` and what belongs to it (RFC 1421), in front of the base64 of old keys. */
const headerLine = /^[A-Za-z0-9-]+:.*$/gm;

/** Every whole block of a text, in order; whatever stands between them (bag attributes, comments) is skipped. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const starts = [...text.matchAll(begin)];
  return starts.flatMap(({ 0: { length }, 1: label = '', index }, number) => {
    const next = starts[number + 1]?.index ?? text.length;
    const end = `-----END ${label}-----`;
    const whole = text.slice(index, next);
    const endsAt = whole.indexOf(end);
    if (endsAt === -1) return [];
    const body = whole.slice(length, endsAt).replace(headerLine, '');
    return [{ label, text: whole.slice(0, endsAt + end.length), der: Buffer.from(body, 'base64') }];
  });
}

/** Whether the bytes are a text with at least the beginning of a block. */
export function looksLikePem(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes('-----BEGIN ');
}

/** A certificate as PEM, 64 characters a line. */
export function certificatePem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
