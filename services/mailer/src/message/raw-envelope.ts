import { type Envelope, type Finding, finding } from '@postausgang/contracts';
import { isValidAddress } from '@postausgang/settings';
import addressparser from 'nodemailer/lib/addressparser';
import { maxRecipients } from '../request/check-mail-request.ts';
import type { HeaderField } from './header-fields.ts';

/** Envelope addresses the client names itself; they go before those of the header fields. */
export interface EnvelopeOverrides {
  readonly from?: string | undefined;
  readonly to?: readonly string[] | undefined;
}

export type EnvelopeResult =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly findings: readonly Finding[] };

interface Named {
  readonly pointer: string;
  readonly address: string;
}

/**
 * The envelope of a finished message: Sender, else From; To, Cc and Bcc. A message that was resent (Resent-To and
 * the like) has gone to these recipients before, so it needs named ones.
 */
export function rawEnvelope(fields: readonly HeaderField[], overrides: EnvelopeOverrides): EnvelopeResult {
  const sender = senderOf(fields, overrides);
  const recipients = recipientsOf(fields, overrides);
  const findings = [
    ...(sender === undefined ? [finding('/headers/from', 'message-malformed')] : checkAddresses([sender])),
    ...checkCount(recipients.length),
    ...checkAddresses(recipients),
  ];
  if (sender === undefined || findings.length > 0) {
    return { ok: false, findings };
  }
  const to = [...new Set(recipients.map(({ address }) => address))];
  return { ok: true, envelope: { from: sender.address, to } };
}

function senderOf(fields: readonly HeaderField[], { from }: EnvelopeOverrides): Named | undefined {
  if (from !== undefined) {
    return { pointer: '/X-Envelope-From', address: from };
  }
  const senders = addressesOf(fields, ['sender']);
  const authors = addressesOf(fields, ['from']);
  return senders[0] ?? (authors.length === 1 ? authors[0] : undefined);
}

function recipientsOf(fields: readonly HeaderField[], { to }: EnvelopeOverrides): readonly Named[] {
  if (to !== undefined && to.length > 0) {
    return to.map((address, index) => ({ pointer: `/X-Envelope-To/${index}`, address }));
  }
  const isResent = fields.some(({ name }) => name.startsWith('resent-'));
  return isResent ? [] : addressesOf(fields, ['to', 'cc', 'bcc']);
}

function addressesOf(fields: readonly HeaderField[], names: readonly string[]): readonly Named[] {
  return fields
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, value }) =>
      addressparser(value, { flatten: true }).map(({ address }, index) => ({
        pointer: `/headers/${name}/${index}`,
        address,
      })),
    );
}

function checkAddresses(addresses: readonly Named[]): Finding[] {
  return addresses.flatMap(({ pointer, address }) =>
    isValidAddress(address) ? [] : [finding(pointer, 'address-invalid')],
  );
}

function checkCount(count: number): Finding[] {
  if (count === 0) {
    return [finding('/headers/to', 'recipient-required')];
  }
  return count > maxRecipients ? [finding('/headers/to', 'too-many')] : [];
}
