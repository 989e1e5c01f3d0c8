/*
 * S/MIME of a whole mail.
 *
 * What S/MIME makes is never the same twice (keys, IVs, the nonces of ECDSA and PSS), but resends have to be identical byte
 * by byte. So the first attempt makes all messages of a mail, puts them into the content store, and the decisions of the
 * mail, which its events keep, name them by their SHA-256. Every later attempt, by whatever mailer, sends what lies there.
 */
import addressparser from 'nodemailer/lib/addressparser';
import type { ContentStore } from '@postausgang/content-store';
import {
  type Decisions,
  type Failure,
  failure,
  type OutgoingServerContent,
  type SmimeDecision,
} from '@postausgang/contracts';
import {
  certificateById,
  type CertificateVersion,
  type Opener,
  openOwnCertificate,
  type OwnCertificate,
  revealSecret,
} from '@postausgang/credentials';
import { privateKeyOfPem } from '@postausgang/credentials/certificates';
import { addressKey, type Message, requestedRecipients, senderDecisionOf } from '@postausgang/mail';
import { isCertified, type SettingsState } from '@postausgang/settings';
import type { InlineMailRequested } from '../attachments.ts';
import { readHeaderFields } from '../finished-message.ts';
import { messageOfBytes } from '../message.ts';
import { chooseCertificates, type ChosenGroup } from './choose-certificates.ts';
import {
  contentEncryptionFor,
  createRecipient,
  encryptContent,
  type EncryptionOptions,
  type Recipient,
} from './encrypt.ts';
import { envelopedEntity, multipartSigned, type OuterField, splitMessage, toSevenBit } from './entities.ts';
import { createSigner, type HeaderProtection, protectHeaders, type Signer } from './sign.ts';

/** Recipients who get the same message. */
export interface RecipientGroup {
  /** A hidden recipient; null: all the others, who see each other. */
  readonly for: string | null;
  readonly recipients: readonly string[];
}

/**
 * Who may share an encrypted message: those of To and Cc. An encrypted message names the certificate of everybody it is
 * for, so each Bcc recipient, and the copy to the sender, has one alone.
 */
export function recipientGroups(
  request: InlineMailRequested,
  { copies }: Decisions,
): readonly RecipientGroup[] {
  const visible = new Set(visibleAddresses(request).map(addressKey));
  const all = [...requestedRecipients(request), ...copies.map(({ address }) => address)];
  const seen = all.filter((address) => visible.has(addressKey(address)));
  const hidden = all.filter((address) => !visible.has(addressKey(address)));
  return [
    ...(seen.length === 0 ? [] : [{ for: null, recipients: seen }]),
    ...hidden.map((address) => ({ for: address, recipients: [address] })),
  ];
}

function visibleAddresses(request: InlineMailRequested): readonly string[] {
  if (!('raw' in request)) {
    return [request.to ?? [], request.cc ?? []].flat().map(({ address }) => address);
  }
  const fields = readHeaderFields(Buffer.from(request.raw, 'base64')) ?? [];
  return fields
    .filter(({ name }) => name === 'to' || name === 'cc')
    .flatMap(({ value }) => addressparser(value, { flatten: true }))
    .map(({ address }) => address);
}

/** A message that is signed where it is to be, and can be encrypted to any number of groups of recipients. */
export interface PreparedMessage {
  /** Not encrypted. */
  clear(): Promise<Message>;
  /** Encrypted to these recipients and to nobody else. */
  encrypted(recipients: readonly Recipient[], options: EncryptionOptions): Promise<Message>;
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
  message: Message,
  { signer, signingTime }: PrepareOptions,
): PreparedMessage | undefined {
  const split = splitMessage(message.bytes);
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

function joined(outerFields: readonly OuterField[], entity: Buffer): Message {
  return messageOfBytes(Buffer.concat([...outerFields.map(({ bytes }) => bytes), mimeVersion, entity]));
}

export interface MailSecurityDeps {
  readonly settings: () => Pick<SettingsState, 'certificates'>;
  readonly opener: Opener;
  readonly contentStore: Pick<ContentStore, 'put' | 'get'>;
  readonly now: () => Date;
}

export interface UnsecuredMail {
  readonly request: InlineMailRequested;
  readonly decisions: Decisions;
  readonly content: OutgoingServerContent;
  /** As it was composed. */
  readonly message: Message;
}

export type Secured<Value> =
  | { readonly kind: 'secured'; readonly value: Value }
  /** Trying again cannot help, or (`later`) when somebody has done something about it. */
  | { readonly kind: 'failed' | 'later'; readonly failure: Failure };

/** Signs and encrypts mails. Rejects with the errors of the content store alone. */
export interface MailSecurity {
  /** Makes and keeps every message of a mail, and decides so for good. */
  decide(mail: UnsecuredMail): Promise<Secured<SmimeDecision>>;
  /** A message for these recipients alone, which is not kept: their addresses have been corrected. */
  apart(mail: UnsecuredMail, to: readonly string[]): Promise<Secured<Message>>;
  /** The message that was made for these recipients. */
  message(decision: SmimeDecision, to: readonly string[]): Promise<Message>;
}

export function createMailSecurity(deps: MailSecurityDeps): MailSecurity {
  const { contentStore, now, settings } = deps;
  const identityOf = createIdentities(deps);

  async function secure(
    mail: UnsecuredMail,
    groups: readonly RecipientGroup[],
  ): Promise<Secured<{ chosen: readonly ChosenGroup[]; without: readonly string[]; messageOf: MessageOf }>> {
    const smime = smimeOf(mail);
    const identity = await identityOf(smime, mail.decisions);
    if (identity.kind !== 'secured') return identity;
    const choice = chooseCertificates(groups, smime, settings(), now().getTime());
    if (!choice.ok) return { kind: kindOf(choice.failure), failure: choice.failure };
    const { signer, self } = identity.value;
    const prepared = prepareMessage(mail.message, { signer: smime.sign ? signer : null, signingTime: now() });
    if (prepared === undefined) return { kind: 'failed', failure: failure('message-uncomposable') };
    const messageOf = messageFor(prepared, self, smime);
    return { kind: 'secured', value: { chosen: choice.groups, without: choice.without, messageOf } };
  }

  return {
    async decide(mail) {
      const secured = await secure(mail, recipientGroups(mail.request, mail.decisions));
      if (secured.kind !== 'secured') return secured;
      const { chosen, without, messageOf } = secured.value;
      const messages: SmimeDecision['messages'] = [];
      for (const group of chosen) {
        const { bytes } = await messageOf(group);
        const { sha256, sizeBytes } = await contentStore.put(bytes);
        messages.push({ for: group.for, encrypted: group.encryptedTo !== null, sha256, sizeBytes });
      }
      const { sign, encrypt, certificateId } = smimeOf(mail);
      const value = {
        signedWith: sign ? certificateId : null,
        encrypt,
        withoutCertificate: [...without],
        messages,
      };
      return { kind: 'secured', value };
    },
    async apart(mail, to) {
      const secured = await secure(mail, [{ for: null, recipients: to }]);
      if (secured.kind !== 'secured') return secured;
      const [group] = secured.value.chosen;
      if (group === undefined) return { kind: 'failed', failure: failure('no-recipient-left') };
      return { kind: 'secured', value: await secured.value.messageOf(group) };
    },
    async message({ messages }, to) {
      const keys = to.map(addressKey);
      const own = messages.find((one) => one.for !== null && keys.includes(addressKey(one.for)));
      const chosen = own ?? messages.find((one) => one.for === null);
      if (chosen === undefined) throw new TypeError('No message was made for these recipients');
      return messageOfBytes(await contentStore.get(chosen.sha256, chosen.sizeBytes));
    },
  };
}

/** The S/MIME settings of the server, with the certificate of the sender if it has one. */
function smimeOf({ content, decisions }: UnsecuredMail): OutgoingServerContent['smime'] {
  const certificateId = senderDecisionOf(decisions.sender)?.certificateId ?? null;
  return certificateId === null ? content.smime : { ...content.smime, certificateId };
}

type MessageOf = (group: ChosenGroup) => Promise<Message>;

/** The sender is always among those who can read a message, so that the copies in Sent folders stay readable. */
function messageFor(
  prepared: PreparedMessage,
  self: Recipient | null,
  { contentEncryption, keyTransport }: OutgoingServerContent['smime'],
): MessageOf {
  return ({ encryptedTo }) => {
    if (encryptedTo === null) return prepared.clear();
    const everybody = self === null ? encryptedTo : [...encryptedTo, self];
    return prepared.encrypted(withoutRepeats(everybody), {
      contentEncryption: contentEncryptionFor(contentEncryption, encryptedTo),
      keyTransport,
    });
  };
}

function withoutRepeats(recipients: readonly Recipient[]): readonly Recipient[] {
  return recipients.filter(
    ({ publicKey }, index) => recipients.findIndex((other) => other.publicKey.equals(publicKey)) === index,
  );
}

interface Identity {
  readonly signer: Signer | null;
  readonly self: Recipient | null;
}

/** Opens the own certificate of the settings, once for as long as it stays the same. */
function createIdentities({ settings, opener, now }: MailSecurityDeps) {
  const opened = new WeakMap<object, Promise<Awaited<ReturnType<typeof openOwnCertificate>>>>();
  const open = (version: CertificateVersion): ReturnType<typeof openOwnCertificate> => {
    const before = opened.get(version.content) ?? openOwnCertificate(opener, version);
    opened.set(version.content, before);
    return before;
  };

  return async (
    { sign, certificateId, rsaSignature }: OutgoingServerContent['smime'],
    { from }: Decisions,
  ): Promise<Secured<Identity>> => {
    const version = certificateId === null ? undefined : certificateById(settings(), certificateId);
    if (version === undefined) return unusable('it is not there');
    const { details } = version.content;
    const isExpired = !(now().getTime() <= Date.parse(details?.validTo ?? ''));
    if (isExpired) return unusable(`it has expired (${details?.validTo ?? ''})`);
    if (sign && !isCertified(from.address, details?.addresses ?? [])) {
      return { kind: 'failed', failure: failure('smime-sender-mismatch', from.address) };
    }
    const own = await open(version);
    if (!own.ok) return unusable(own.code);
    return { kind: 'secured', value: identityFrom(own.value, rsaSignature === 'pss') };
  };
}

const identities = new WeakMap<OwnCertificate, Map<boolean, Identity>>();

function identityFrom(own: OwnCertificate, usePss: boolean): Identity {
  const made = identities.get(own) ?? new Map<boolean, Identity>();
  identities.set(own, made);
  const before = made.get(usePss);
  if (before !== undefined) return before;
  const { certificate, chain, privateKey } = own;
  const key = privateKeyOfPem(revealSecret(privateKey));
  const identity = {
    signer: createSigner({ certificate, chain, key, usePss }),
    self: createRecipient(certificate) ?? null,
  };
  made.set(usePss, identity);
  return identity;
}

function unusable(detail: string): Secured<never> {
  return { kind: 'later', failure: failure('smime-certificate-unusable', detail) };
}

function kindOf({ code }: Failure): 'failed' | 'later' {
  return code === 'smime-certificate-unusable' ? 'later' : 'failed';
}
