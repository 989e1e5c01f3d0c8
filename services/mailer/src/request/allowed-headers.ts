/**
 * How the value of a header is written: `text` is free text in any language (RFC 5322 §3.6.5), `structured` has a
 * grammar in US-ASCII that an encoded word would break, `message-ids` is a list of msg-id (§3.6.4).
 */
export type HeaderKind = 'text' | 'structured' | 'message-ids';

const namedHeaders: ReadonlyMap<string, HeaderKind> = new Map([
  ['in-reply-to', 'message-ids'],
  ['references', 'message-ids'],
  ['importance', 'structured'],
  ['priority', 'structured'],
  ['sensitivity', 'structured'],
  ['auto-submitted', 'structured'],
  ['precedence', 'structured'],
  ['list-unsubscribe', 'structured'],
  ['list-unsubscribe-post', 'structured'],
  ['list-id', 'structured'],
  ['feedback-id', 'structured'],
  ['organization', 'text'],
  ['keywords', 'text'],
]);

const extension = /^x-[a-z0-9!#$%&'*+.^_`|~-]+$/;
const ours = 'x-postausgang-';

/** What kind of header this is, or undefined when a request may not set it. */
export function headerKind(name: string): HeaderKind | undefined {
  const lower = name.toLowerCase();
  if (extension.test(lower)) {
    return lower.startsWith(ours) ? undefined : 'text';
  }
  return namedHeaders.get(lower);
}

const printableAscii = /^[\x20-\x7e]*$/;
const messageIds = /^<[!-;=?-~]+>(?: *<[!-;=?-~]+>)*$/;

/** Whether the value fits the grammar of its kind as far as a mail server cares. */
export function fitsHeaderKind(kind: HeaderKind, value: string): boolean {
  switch (kind) {
    case 'text':
      return true;
    case 'structured':
      return printableAscii.test(value);
    case 'message-ids':
      return messageIds.test(value);
  }
}
