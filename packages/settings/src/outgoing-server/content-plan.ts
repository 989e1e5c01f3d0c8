import { finding } from '@postausgang/contracts';
import type {
  Address,
  AddressPatch,
  Finding,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
  SealedSecret,
  SmtpContent,
} from '@postausgang/contracts';
import type { SecretBinding } from '@postausgang/sealing';
import { defaultContent } from './default-content.ts';
import { mergeFields } from './merge-fields.ts';
import type { OutgoingServerState } from './outgoing-server-state.ts';
import { passwordPointer, smtpPasswordBinding } from './smtp-destination.ts';
import { unusableSecret } from './unusable-secret.ts';
import { validateContent } from './validate-content.ts';

/** A secret that arrived in the clear, and what it has to be sealed for. */
export interface NewSecret {
  readonly value: string;
  readonly binding: SecretBinding;
}

/** Content as it is going to be. `sealPlan` makes it storable, `findingsOfPlan` says whether it can be used. */
export interface ContentPlan {
  /** Without the new password, if there is one. */
  readonly content: OutgoingServerContent;
  readonly newPassword: NewSecret | null;
  /** What can be told only while the new secret is readable; it counts even while sending is off. */
  readonly findings: readonly Finding[];
}

type SavedContent = Pick<OutgoingServerState, 'resource' | 'content'>;

/**
 * The saved content under a JSON merge patch (RFC 7396): absent keeps, null resets to the default, and deletes a
 * password. A change and the draft of a connection test are planned by the same rules.
 */
export function planPatch(patch: OutgoingServerPatch, { resource, content }: SavedContent): ContentPlan {
  const { senderAddress, smtp = {}, exchange = {}, smime = {}, ...common } = patch;
  const { password, ...smtpFields } = smtp;
  const unusable = typeof password === 'string' ? unusableSecret(password) : undefined;
  const planned = {
    ...mergeFields(commonFields(content), common, commonFields(defaultContent)),
    senderAddress: mergeAddress(content.senderAddress, senderAddress),
    smtp: {
      ...mergeFields(withoutPassword(content.smtp), smtpFields, withoutPassword(defaultContent.smtp)),
      password: password === undefined || unusable !== undefined ? content.smtp.password : null,
    },
    exchange: mergeFields(content.exchange, exchange, defaultContent.exchange),
    smime: mergeFields(content.smime, smime, defaultContent.smime),
  };
  const isNew = typeof password === 'string' && unusable === undefined;
  return {
    content: planned,
    newPassword: isNew ? { value: password, binding: smtpPasswordBinding(resource, planned.smtp) } : null,
    findings: unusable === undefined ? [] : [finding(passwordPointer, unusable)],
  };
}

/**
 * The content that a PUT asks for: an absent field takes its default, but a stored password stays, and so does the
 * half of the other server type when it is absent.
 */
export function planPut(body: OutgoingServerPut, { resource, content }: SavedContent): ContentPlan {
  const resetSmtp = { ...defaultContent.smtp, password: content.smtp.password };
  const base = {
    ...defaultContent,
    smtp: body.smtp === undefined ? content.smtp : resetSmtp,
    exchange: body.exchange === undefined ? content.exchange : defaultContent.exchange,
  };
  return planPatch(body, { resource, content: base });
}

/** Everything that keeps the planned content from being used, the new password included. */
export function findingsOfPlan({ content, newPassword, findings }: ContentPlan): Finding[] {
  const answered = new Set(findings.map(({ pointer }) => pointer));
  if (newPassword !== null) answered.add(newPassword.binding.field);
  return [...findings, ...validateContent(content).filter(({ pointer }) => !answered.has(pointer))];
}

/**
 * The content with its new password sealed, as it may be stored. `setAt` (RFC 3339) is the time of the command.
 *
 * @throws whatever `seal` throws; nothing without a new password.
 */
export async function sealPlan(
  { content, newPassword }: ContentPlan,
  setAt: string,
  seal: (secret: NewSecret) => Promise<SealedSecret>,
): Promise<OutgoingServerContent> {
  if (newPassword === null) return content;
  const password = { setAt, sealed: await seal(newPassword) };
  return { ...content, smtp: { ...content.smtp, password } };
}

/** A name alone for an address that is not there yet leaves the address empty, which is a finding. */
function mergeAddress(current: Address | null, patch: AddressPatch | null | undefined): Address | null {
  if (patch === undefined || patch === null) return patch === null ? null : current;
  const { name = current?.name, address = current?.address ?? '' } = patch;
  return name === undefined || name === null ? { address } : { name, address };
}

function withoutPassword({ password: _password, ...fields }: SmtpContent): Omit<SmtpContent, 'password'> {
  return fields;
}

type CommonFields = Omit<OutgoingServerContent, 'senderAddress' | 'smtp' | 'exchange' | 'smime'>;

function commonFields(content: OutgoingServerContent): CommonFields {
  const { senderAddress: _sender, smtp: _smtp, exchange: _exchange, smime: _smime, ...fields } = content;
  return fields;
}
