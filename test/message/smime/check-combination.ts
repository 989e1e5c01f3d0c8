import { createPrivateKey } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { messageOfBytes } from '../../../packages/message/src/message.ts';
import {
  type ContentEncryption,
  createRecipient,
  type KeyTransport,
} from '../../../packages/message/src/smime/encrypt.ts';
import { prepareMessage } from '../../../packages/message/src/smime/mail-security.ts';
import { createSigner } from '../../../packages/message/src/smime/sign.ts';
import type { MailAuthority, MailCertificate } from './mail-authority.ts';
import { type MessageKind, messages } from './messages.ts';
import { decrypted, verified } from './openssl-cms.ts';
import { splitAtEmptyLine } from './split.ts';
import { cmsObjects, derFaults } from './strict-der.ts';

export interface Combination {
  mode: 'sign' | 'encrypt' | 'both';
  sender: MailCertificate;
  usePss: boolean;
  recipients: readonly MailCertificate[];
  contentEncryption: ContentEncryption;
  keyTransport: KeyTransport;
  kind: MessageKind;
}

/** Signs and encrypts as asked for. */
export async function secured(
  authority: MailAuthority,
  { mode, sender, usePss, recipients, contentEncryption, keyTransport, kind }: Combination,
): Promise<Buffer> {
  const { certificate, key } = sender;
  const signer = createSigner({ certificate, chain: [authority.ca], key: createPrivateKey(key), usePss });
  const prepared = prepareMessage(messageOfBytes(messages[kind]), {
    signer: mode === 'encrypt' ? null : signer,
    signingTime: new Date(),
  });
  if (prepared === undefined) throw new Error('the message has no header section');
  if (mode === 'sign') return Buffer.from((await prepared.clear()).bytes);
  const all = [...recipients, sender].flatMap((one) => createRecipient(one.certificate) ?? []);
  const { bytes } = await prepared.encrypted(all, { contentEncryption, keyTransport });
  return Buffer.from(bytes);
}

/** Opens a message as a reader does, with `openssl cms` alone: decrypts, verifies, and gives what was said. */
async function opened(authority: MailAuthority, message: Buffer, one: Combination, reader: MailCertificate) {
  const inside = one.mode === 'sign' ? message : await decrypted(message, reader);
  return { inside, content: one.mode === 'encrypt' ? inside : await verified(inside, authority) };
}

/** What a test checks with. */
export interface Checks {
  ok: (value: boolean, name: string) => unknown;
  same: (found: object, wanted: object, name: string) => unknown;
}

/** Whether every reader gets the message that was composed, byte for byte where nothing had to be made safe. */
export async function checkCombination(
  t: Checks,
  authority: MailAuthority,
  one: Combination,
  { message, readers }: { message: Buffer; readers: readonly MailCertificate[] },
): Promise<void> {
  const original = splitAtEmptyLine(messages[one.kind]);
  const name = `${one.mode} ${one.kind} ${one.contentEncryption} ${one.keyTransport} to ${one.recipients.length}`;
  const wire = message.toString('latin1');
  t.ok(!/[^\t\r\n\x20-\x7e]|[^\r\n]{999}|(?<!\r)\n/.test(wire), `${name}: safe on the wire`);
  for (const reader of readers) {
    const { inside, content } = await opened(authority, message, one, reader);
    const objects = [message, ...(one.mode === 'both' ? [inside] : [])].flatMap(cmsObjects);
    t.ok(objects.length === (one.mode === 'both' ? 2 : 1), `${name}: objects`);
    t.same(objects.flatMap(derFaults), [], `${name}: DER, read strictly`);
    if (isUntouched(one.kind)) {
      t.ok(splitAtEmptyLine(content).body.equals(original.body), `${name}: the very bytes`);
    }
    t.same(await meaning(content), await meaning(messages[one.kind]), `${name}: what it says`);
  }
}

const isUntouched = (kind: MessageKind): boolean =>
  !['awkwardLines', 'eightBit', 'eightBitParts'].includes(kind);

async function meaning(message: Buffer) {
  const { text, html, attachments } = await simpleParser(message, { skipTextToHtml: true });
  const files = attachments.map(({ filename, contentType, content }) => ({ filename, contentType, content }));
  return { text, html, files };
}
