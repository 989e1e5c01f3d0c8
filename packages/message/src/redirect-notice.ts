/*
 * A composed message that goes to other addresses than it was meant for: it says so in its subject, its text and its HTML,
 * it names the recipients that were meant, and nothing in it leads a reply or a receipt to somebody else.
 */
import { asciiAddress } from '@postausgang/settings';
import type { InlineComposedMail } from './attachments.ts';

/** Whom a redirected message was meant for, and whom it goes to. */
export interface RedirectNotice {
  /** The recipients of the mail that this message stands for. */
  readonly for: readonly string[];
  readonly to: readonly string[];
}

const subjectPrefix = '[redirected]';
const headline = 'Diese E-Mail wurde umgeleitet. / This mail was redirected.';

/** Fields by which a reader would answer somebody: by a click, or by itself. */
const answered = /^(?:list-unsubscribe|list-unsubscribe-post|list-help|x-confirm-reading-to)$/i;

/** The value of `X-Postausgang-Original-To`. */
export function originalToOf(notice: RedirectNotice): string {
  return notice.for.map(asciiAddress).join(', ');
}

/** The request of the message as it goes out. */
export function redirectedRequest(request: InlineComposedMail, notice: RedirectNotice): InlineComposedMail {
  const { cc: _cc, bcc: _bcc, requestReceipt: _receipt, subject, headers, text, html, ...rest } = request;
  const targets = notice.to.map((address) => ({ address }));
  const roles = rolesOf(request, notice);
  const hasText = (text ?? '') !== '' || (html ?? '') === '';
  return {
    ...rest,
    to: targets,
    replyTo: targets,
    subject: `${subjectPrefix} ${subject ?? ''}`.trim(),
    ...(headers === undefined ? {} : { headers: withoutAnswers(headers) }),
    ...(hasText ? { text: `${textBanner(roles)}${text ?? ''}` } : {}),
    ...((html ?? '') === '' ? {} : { html: withBanner(html ?? '', htmlBanner(roles)) }),
  };
}

function withoutAnswers(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !answered.test(name)));
}

type Role = readonly [name: string, addresses: readonly string[]];

/** The recipients that were meant, as the message would have named them; what it would not have named is Bcc. */
function rolesOf({ to = [], cc = [] }: InlineComposedMail, notice: RedirectNotice): readonly Role[] {
  const namedIn = (list: readonly { readonly address: string }[]): readonly string[] =>
    notice.for.filter((address) => list.some((one) => one.address === address));
  const visible = new Set([...to, ...cc].map(({ address }) => address));
  const roles: readonly Role[] = [
    ['An / To', namedIn(to)],
    ['Cc', namedIn(cc.filter(({ address }) => !to.some((one) => one.address === address)))],
    ['Bcc', notice.for.filter((address) => !visible.has(address))],
  ];
  return roles.filter(([, addresses]) => addresses.length > 0);
}

function textBanner(roles: readonly Role[]): string {
  const lines = roles.map(([name, addresses]) => `${name}: ${addresses.join(', ')}`);
  return [headline, ...lines, '-'.repeat(40), '', ''].join('\n');
}

function htmlBanner(roles: readonly Role[]): string {
  const lines = roles.map(([name, addresses]) => `<br>${name}: ${escaped(addresses.join(', '))}`);
  const style = 'border:2px solid #b45309;background:#fffbeb;color:#000;padding:8px;margin:0 0 16px';
  return `<div style="${style}"><strong>${headline}</strong>${lines.join('')}</div>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The HTML with the banner at the beginning of its body; before everything where it has none. */
function withBanner(html: string, banner: string): string {
  const start = startOfBody(html);
  return `${html.slice(0, start)}${banner}${html.slice(start)}`;
}

/** Behind the tag of the body, or 0. One that stands in a comment is none. Looks at each character once. */
function startOfBody(html: string): number {
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at)) {
    if (html.startsWith('<!--', at)) {
      const end = html.indexOf('-->', at + 4);
      if (end === -1) return 0;
      at = end;
    } else if (/^<body[\s/>]/i.test(html.slice(at, at + 6))) {
      return endOfTag(html, at);
    } else {
      at += 1;
    }
  }
  return 0;
}

/** A value in quotes may hold the character that ends the tag. 0 where it has no end. */
function endOfTag(html: string, start: number): number {
  let quote = '';
  for (let at = start; at < html.length; at += 1) {
    const character = html[at] ?? '';
    if (quote === '' && character === '>') return at + 1;
    if (quote === character) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
  }
  return 0;
}
