import MimeNode from 'nodemailer/lib/mime-node';

type Constructor = new (...parameters: ConstructorParameters<typeof MimeNode>) => MimeNode & {
  _normalizeHeaderKey(key: string): string;
};

const Node = MimeNode as unknown as Constructor;

/** More names than messages of one installation have. */
const mostNames = 500;

const names = new Map<string, string>();

/**
 * Nodemailer's node, remembering how the names of header fields are written: it asks several times for each field, and
 * works it out with two regular expressions each time.
 */
export class HeaderNode extends Node {
  override _normalizeHeaderKey(key: string): string {
    const known = names.get(key);
    if (known !== undefined) return known;
    const normalized = super._normalizeHeaderKey(key);
    if (names.size < mostNames) names.set(key, normalized);
    return normalized;
  }
}
