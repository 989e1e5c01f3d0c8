import type { KeyChoice } from '../../peers/certificates.ts';
import type { Combination } from './check-combination.ts';
import type { MailAuthority, MailCertificate } from './mail-authority.ts';
import { messageKinds } from './messages.ts';

const keys: readonly KeyChoice[] = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'p-256', 'p-384'];
const recipientCounts: readonly number[] = [1, 2, 7, 50];
const modes = ['sign', 'encrypt', 'both'] as const;
const encryptions = ['aes-256-cbc', 'aes-256-gcm'] as const;
const transports = ['rsa-pkcs1', 'rsa-oaep'] as const;

export interface Pool {
  senders: readonly MailCertificate[];
  recipients: readonly MailCertificate[];
}

/** A sender for each kind of key, and fifty recipients with keys of every kind. */
export async function createPool(authority: MailAuthority): Promise<Pool> {
  const senders = await Promise.all(keys.map((key) => authority.issue('erp@acme.example', key)));
  const kinds: readonly KeyChoice[] = ['p-256', 'p-384'];
  const others = Array.from(
    { length: 50 - senders.length },
    (_, index) => kinds[index % kinds.length] ?? 'p-256',
  );
  const recipients = await Promise.all(
    others.map((key, index) => authority.issue(`r${index}@example.com`, key)),
  );
  return { senders, recipients: [...senders, ...recipients] };
}

/** A sender for each kind of key, and fifty recipients that take turns in kind: any five in a row have all of them. */
export async function createMixedPool(authority: MailAuthority): Promise<Pool> {
  const issue = (address: string, index: number): Promise<MailCertificate> =>
    authority.issue(address, keys[index % keys.length] ?? 'p-256');
  const [senders, recipients] = await Promise.all([
    Promise.all(keys.map((_key, index) => issue('erp@acme.example', index))),
    Promise.all(Array.from({ length: 50 }, (_, index) => issue(`r${index}@example.com`, index))),
  ]);
  return { senders, recipients };
}

/** Every mode with every key and content encryption; message, number of recipients and padding take turns. */
export function* combinations({ senders, recipients }: Pool): Generator<Combination, void> {
  let turn = 0;
  for (const sender of senders) {
    for (const mode of modes) {
      for (const contentEncryption of mode === 'sign' ? encryptions.slice(0, 1) : encryptions) {
        const count = recipientCounts[turn % recipientCounts.length] ?? 1;
        yield {
          mode,
          sender,
          usePss: turn % 2 === 1,
          recipients: recipients.slice(turn % 5, (turn % 5) + count),
          contentEncryption,
          keyTransport: transports[turn % 2] ?? 'rsa-pkcs1',
          kind: messageKinds[turn % messageKinds.length] ?? 'plain',
        };
        turn += 1;
      }
    }
  }
}

/** Every number of recipients from 1 to 50, with each content encryption, signed and not. */
export function* everyCount({ senders, recipients }: Pool): Generator<Combination, void> {
  for (const [index, last] of recipients.entries()) {
    for (const [turn, contentEncryption] of encryptions.entries()) {
      yield {
        mode: (index + turn) % 2 === 0 ? 'both' : 'encrypt',
        sender: senders[index % senders.length] ?? last,
        usePss: index % 2 === 1,
        recipients: recipients.slice(0, index + 1),
        contentEncryption,
        keyTransport: transports[Math.floor(index / 2) % 2] ?? 'rsa-pkcs1',
        kind: messageKinds[index % messageKinds.length] ?? 'plain',
      };
    }
  }
}

/** Every key, mode, content encryption, padding and kind of message, with 1, 2, 7 and 50 recipients. */
export function* allCombinations({ senders, recipients }: Pool): Generator<Combination, void> {
  for (const sender of senders) {
    for (const kind of messageKinds) {
      for (const usePss of [false, true]) {
        const common = { sender, usePss, kind };
        yield {
          ...common,
          mode: 'sign',
          recipients: [],
          contentEncryption: 'aes-256-cbc',
          keyTransport: 'rsa-pkcs1',
        };
        for (const [index, mode] of (['encrypt', 'both'] as const).entries()) {
          for (const contentEncryption of encryptions) {
            for (const count of recipientCounts) {
              const keyTransport = transports[(index + count) % 2] ?? 'rsa-pkcs1';
              yield {
                ...common,
                mode,
                recipients: recipients.slice(0, count),
                contentEncryption,
                keyTransport,
              };
            }
          }
        }
      }
    }
  }
}
