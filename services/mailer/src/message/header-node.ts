import MimeNode from 'nodemailer/lib/mime-node';

type Constructor = new (...parameters: ConstructorParameters<typeof MimeNode>) => MimeNode & {
  _normalizeHeaderKey(key: string): string;
  _normalizeAddress(address: string): string;
};

const Node = MimeNode as unknown as Constructor;

/** More names than messages of one installation have. */
const mostNames = 500;

const names = new Map<string, string>();

const atom = '[A-Za-z0-9_+-]+';
const label = '[a-z0-9]+(?:-[a-z0-9]+)*';
/** A dot-atom at a host name in lower case that is neither encoded (`xn--`) nor a number. */
const plainAddress = new RegExp(`^${atom}(?:\\.${atom})*@(?:${label}\\.)*[a-z]+$`);

/**
 * Nodemailer's node, less what it works out several times for each field: how the name of a header field is written,
 * which is remembered, and how a mail address is, which most are already.
 */
export class HeaderNode extends Node {
  override _normalizeHeaderKey(key: string): string {
    const known = names.get(key);
    if (known !== undefined) return known;
    const normalized = super._normalizeHeaderKey(key);
    if (names.size < mostNames) names.set(key, normalized);
    return normalized;
  }

  override _normalizeAddress(address: string): string {
    return plainAddress.test(address) ? address : super._normalizeAddress(address);
  }
}
