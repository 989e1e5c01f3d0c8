/** MAIL and RCPT (RFC 5321 §4.1.1.2, §4.1.1.3) with the parameters of the extensions that the server offers. */
import { hash } from 'node:crypto';
import { isAscii } from 'node:buffer';
import type { DsnRequest, SendEnvelope } from '@postausgang/mail';
import { asciiAddress } from '@postausgang/settings';
import type { Offer } from './session.ts';

const isAsciiAddress = (address: string): boolean => /^\p{ASCII}*$/u.test(address);

/** What every server reads; only a local part can still need SMTPUTF8. */
export const isAsciiOnWire = (address: string): boolean =>
  isAsciiAddress(address) || isAsciiAddress(asciiAddress(address));

/** An empty sender is the null reverse-path (RFC 5321 §4.5.5). */
export function mailCommand(
  { extensions }: Offer,
  { from, to }: SendEnvelope,
  message: Uint8Array,
  dsn?: DsnRequest,
): string {
  const needsUtf8 = ![from, ...to].every(isAsciiOnWire);
  return [
    `MAIL FROM:<${asciiAddress(from)}>`,
    ...(needsUtf8 && extensions.includes('SMTPUTF8') ? [' SMTPUTF8'] : []),
    ...(extensions.includes('8BITMIME') && !isAscii(message) ? [' BODY=8BITMIME'] : []),
    ...(extensions.includes('SIZE') ? [` SIZE=${message.length}`] : []),
    ...(dsn !== undefined && extensions.includes('DSN') ? senderParameters(dsn) : []),
  ].join('');
}

export function recipientCommand(
  address: string,
  { extensions }: Pick<Offer, 'extensions'>,
  dsn?: DsnRequest,
): string {
  const command = `RCPT TO:<${asciiAddress(address)}>`;
  const isAsked = dsn?.recipients.includes(address) === true && extensions.includes('DSN');
  return isAsked ? command + recipientParameters(dsn, address, extensions.includes('SMTPUTF8')) : command;
}

/** RFC 3461 §4.3, §4.4 */
function senderParameters({ ret, mailId }: DsnRequest): readonly string[] {
  return [...(ret === null ? [] : [` RET=${rets[ret]}`]), ` ENVID=${envelopeId(mailId)}`];
}

const rets = { full: 'FULL', headers: 'HDRS' } as const;

/** At most 100 characters (§4.4), and the same on every attempt. */
function envelopeId(mailId: string): string {
  const id = xtext(mailId);
  return id.length <= 100 ? id : hash('sha256', mailId, 'hex');
}

/** §4.1, §4.2. An address that is not ASCII has a form of its own (RFC 6533 §3), for servers with SMTPUTF8. */
function recipientParameters({ notify }: DsnRequest, address: string, hasUtf8: boolean): string {
  const notified = ` NOTIFY=${notify.map((one) => one.toUpperCase()).join(',')}`;
  const ascii = asciiAddress(address);
  if (isAsciiAddress(ascii)) return `${notified} ORCPT=rfc822;${xtext(ascii)}`;
  return hasUtf8 ? `${notified} ORCPT=utf-8;${unicodeXtext(address)}` : notified;
}

/** RFC 3461 §4: everything but printable ASCII, and `+` and `=`, as `+` and two hexadecimal digits. */
function xtext(text: string): string {
  return text.replaceAll(
    /[^!-*,-<>-~]/g,
    (character) => `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** RFC 6533 §3: everything but printable ASCII, and `+`, `=` and `\`, as `\x{…}`. */
function unicodeXtext(text: string): string {
  return Array.from(text)
    .map((one) =>
      /[!-*,-<>-[\]-~]/.test(one) ? one : `\\x{${(one.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
    )
    .join('');
}
