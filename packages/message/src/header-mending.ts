/*
 * Header fields of a finished message as they may go out.
 *
 * Programs write fields in UTF-8 that no server between has promised to take: without SMTPUTF8 (RFC 6532) a header section
 * is ASCII. Free text and names become encoded words (RFC 2047), domains become A-labels (RFC 5891). What would have to be
 * read to be encoded, and what a DKIM signature covers, stays as it is and is refused with its place. Where an address needs
 * SMTPUTF8, the fields may be UTF-8 as well.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { type Envelope, type Finding, finding } from '@postausgang/contracts';
import { asciiAddress } from '@postausgang/settings';
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import type { HeaderField } from './finished-message.ts';
import { folded, messageField } from './header-fields.ts';

/**
 * Bcc, whose recipients nobody may see; Return-Path, which the last server adds (RFC 5321 §4.4); Authentication-Results,
 * which readers believe (RFC 8601 §5); and what this service says of its own mail.
 */
const foreignField = /^(?:(?:resent-)?bcc|return-path|authentication-results|x-postausgang-.*)$/;

/** Fields of free text, which an encoded word may stand in anywhere (RFC 2047 §5). */
const freeText = /^(?:subject|comments|organization|thread-topic|x-.*)$/;
const addressFields = new Set(['from', 'sender', 'to', 'cc', 'reply-to', 'disposition-notification-to']);

/** What is outside of ASCII in these fields, and can neither go as it is nor be encoded. */
export function unmendableFields(fields: readonly HeaderField[], envelope: Envelope): Finding[] {
  if (needsUtf8(envelope)) return [];
  const isSigned = hasSignature(fields);
  return fields
    .filter(({ name, value }) => !foreignField.test(name) && hasOther(value))
    .filter(({ name, value }) => isSigned || mendedValue(name, value) === null)
    .map(({ name }) => finding(`/headers/${name}`, 'header-not-ascii'));
}

/** The message with each field as it may go out; the same bytes where all of them may. */
export function withFieldsMended(
  message: Buffer,
  fields: readonly HeaderField[],
  envelope: Envelope,
): Uint8Array {
  const isLeft = hasSignature(fields) || needsUtf8(envelope);
  const changes = fields.flatMap((field) => {
    const { start, end } = field;
    if (foreignField.test(field.name)) return [{ start, end, bytes: Buffer.alloc(0) }];
    const before = message.subarray(start, end);
    const bytes = isLeft || isAscii(before) || !isUtf8(before) ? undefined : mendedField(before, field);
    return bytes === undefined ? [] : [{ start, end, bytes }];
  });
  if (changes.length === 0) return message;
  const starts = [0, ...changes.map(({ end }) => end)];
  const ends = [...changes.map(({ start }) => start), message.length];
  return Buffer.concat(
    starts.flatMap((start, index) => [
      message.subarray(start, ends[index]),
      changes[index]?.bytes ?? Buffer.alloc(0),
    ]),
  );
}

function mendedField(before: Buffer, { name, value }: HeaderField): Buffer | undefined {
  const written = before.toString('utf8', 0, before.indexOf(':')).trimEnd();
  // Domains alone leave the folding of the field as it was.
  const text = before.toString('utf8');
  const withDomains = addressFields.has(name) ? withAsciiDomains(text) : text;
  if (!hasOther(withDomains)) return Buffer.from(withDomains, 'latin1');
  const mended = mendedValue(name, value);
  if (mended === null) return undefined;
  const field = freeText.test(name)
    ? messageField({ name: written, value })
    : folded(`${written}: ${mended}`);
  return Buffer.from(`${field}\r\n`, 'latin1');
}

/** The value in ASCII; null where that cannot be said without knowing its grammar. */
function mendedValue(name: string, value: string): string | null {
  if (value.includes('\ufffd')) return null;
  if (freeText.test(name)) return value;
  const mended = addressFields.has(name) ? withEncodedNames(withAsciiDomains(value)) : value;
  return hasOther(mended) ? null : mended;
}

const hasOther = (text: string): boolean => !isAscii(Buffer.from(text));

const hasSignature = (fields: readonly HeaderField[]): boolean =>
  fields.some(({ name }) => name === 'dkim-signature');

/** Whether the envelope makes the mailer ask for SMTPUTF8. */
function needsUtf8({ from, to }: Envelope): boolean {
  return [from, ...to].some((address) => hasOther(address.slice(0, address.lastIndexOf('@'))));
}

/** Quoted strings and comments are text; a domain follows an at sign anywhere else. */
const textOrDomain = /"(?:[^"\\]|\\[^])*"|\((?:[^()\\]|\\[^])*\)|@[^\s<>,;:"()[\]\\@]+/g;

function withAsciiDomains(field: string): string {
  return field.replaceAll(textOrDomain, (found) => (found.startsWith('@') ? asciiAddress(found) : found));
}

/** The words and quoted strings in front of an address in angle brackets, or of the members of a group. */
const phrase = /(?:"(?:[^"\\]|\\.)*"|[^\s"(),:;<>@]+|[ \t]+)+(?=[<:])/gu;

const encodedChars = 52;

function withEncodedNames(value: string): string {
  return value.replaceAll(phrase, (found) => {
    if (!hasOther(found)) return found;
    const text = found
      .trim()
      .replaceAll(/"((?:[^"\\]|\\.)*)"/gu, (_, inner: string) => inner.replaceAll(/\\(.)/gu, '$1'));
    const [before = ''] = /^[ \t]*/.exec(found) ?? [];
    return `${before}${encodeWord(text, 'B', encodedChars)} `;
  });
}
