import { finding } from '@postausgang/contracts';
import type {
  Address,
  AddressPatch,
  Finding,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
  SmtpContent,
} from '@postausgang/contracts';
import { noReferences } from '../references.ts';
import type { References } from '../references.ts';
import type { ContentPlan } from '../resource/content-plan.ts';
import type { Saved } from '../resource/resource-kind.ts';
import { defaultContent } from './default-content.ts';
import { mergeFields } from '../resource/merge-fields.ts';
import { passwordPointer, smtpPasswordBinding } from './smtp-destination.ts';
import { unusableSecret } from '../resource/unusable-secret.ts';
import { validateContent } from './validate-content.ts';

/**
 * The saved content under a JSON merge patch (RFC 7396): absent keeps, null resets to the default, and deletes a
 * password. A change and the draft of a connection test are planned by the same rules.
 */
export function planPatch(
  patch: OutgoingServerPatch,
  { resource, content }: Saved<OutgoingServerContent>,
): ContentPlan<OutgoingServerContent> {
  const { senderAddress, smtp = {}, exchange = {}, smime = {}, limits = {}, ...common } = patch;
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
    limits: mergeFields(content.limits, limits, defaultContent.limits),
  };
  const isNew = typeof password === 'string' && unusable === undefined;
  return {
    content: planned,
    newSecrets: isNew ? [{ value: password, binding: smtpPasswordBinding(resource, planned.smtp) }] : [],
    findings: unusable === undefined ? [] : [finding(passwordPointer, unusable)],
  };
}

/**
 * The content that a PUT asks for: an absent field takes its default, but a stored password stays, and so does the
 * half of the other server type when it is absent.
 */
export function planPut(
  body: OutgoingServerPut,
  { resource, content }: Saved<OutgoingServerContent>,
): ContentPlan<OutgoingServerContent> {
  const resetSmtp = { ...defaultContent.smtp, password: content.smtp.password };
  const base = {
    ...defaultContent,
    smtp: body.smtp === undefined ? content.smtp : resetSmtp,
    exchange: body.exchange === undefined ? content.exchange : defaultContent.exchange,
  };
  return planPatch(body, { resource, content: base });
}

/** Everything that keeps the planned content from being used, the new password included. */
export function findingsOfPlan(
  { content, newSecrets, findings }: ContentPlan<OutgoingServerContent>,
  references: References = noReferences,
): Finding[] {
  const answered = new Set(findings.map(({ pointer }) => pointer));
  for (const { binding } of newSecrets) answered.add(binding.field);
  return [
    ...findings,
    ...validateContent(content, references).filter(({ pointer }) => !answered.has(pointer)),
  ];
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

type CommonFields = Omit<OutgoingServerContent, 'senderAddress' | 'smtp' | 'exchange' | 'smime' | 'limits'>;

function commonFields(content: OutgoingServerContent): CommonFields {
  const {
    senderAddress: _sender,
    smtp: _smtp,
    exchange: _exchange,
    smime: _smime,
    limits: _limits,
    ...fields
  } = content;
  return fields;
}
