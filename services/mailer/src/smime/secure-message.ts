import { encryptContent, type EncryptionOptions } from './encrypt.ts';
import { type HeaderProtection, protectHeaders } from './header-protection.ts';
import type { Recipient } from './recipient.ts';
import { toSevenBit } from './seven-bit.ts';
import type { Signer } from './sign.ts';
import { envelopedEntity, multipartSigned } from './smime-entities.ts';
import { type OuterField, splitMessage } from './split-message.ts';

/** A message that is signed where it is to be, and can be encrypted to any number of groups of recipients. */
export interface PreparedMessage {
  /** Not encrypted. */
  clear(): Promise<Uint8Array>;
  /** Encrypted to these recipients and to nobody else. */
  encrypted(recipients: readonly Recipient[], options: EncryptionOptions): Promise<Uint8Array>;
}

export interface PrepareOptions {
  /** Null: not signed. */
  readonly signer: Signer | null;
  readonly signingTime: Date;
}

const lineEnd = Buffer.from('\r\n', 'latin1');
const mimeVersion = Buffer.from('MIME-Version: 1.0\r\n', 'latin1');

/**
 * Signs a composed message, once for all groups; then it is encrypted to each of them (sign, then encrypt). Header
 * fields stay as they are. Undefined when the message has no readable header section.
 */
export function prepareMessage(
  message: Uint8Array,
  { signer, signingTime }: PrepareOptions,
): PreparedMessage | undefined {
  const split = splitMessage(message);
  if (split === undefined) return undefined;
  const { outerFields } = split;
  const { fields, body } = toSevenBit(split.contentFields, split.body);
  const entity = async (protection: HeaderProtection): Promise<Buffer> => {
    if (signer === null) return Buffer.concat([fields, lineEnd, body]);
    const content = Buffer.concat([protectHeaders(fields, outerFields, protection), lineEnd, body]);
    return multipartSigned(content, await signer.sign(content, signingTime), signer.micalg);
  };
  let inside: Promise<Buffer> | undefined;
  return {
    clear: async () => (signer === null ? message : joined(outerFields, await entity('clear'))),
    async encrypted(recipients, options) {
      inside ??= entity('cipher');
      const enveloped = encryptContent(await inside, recipients, options);
      return joined(outerFields, envelopedEntity(enveloped, options.contentEncryption));
    },
  };
}

function joined(outerFields: readonly OuterField[], entity: Buffer): Uint8Array {
  return Buffer.concat([...outerFields.map(({ bytes }) => bytes), mimeVersion, entity]);
}
