/**
 * An attempt whose message goes to the addresses of the sending mode instead of its recipients. A composed message is made
 * for them and says so. A finished one stays as it is, and only its envelope is another. What cannot be redirected without
 * the risk that somebody else gets or reads it is held.
 */
import type {
  Decisions,
  Failure,
  HeldReason,
  OutgoingServerContent,
  Redirection,
} from '@postausgang/contracts';
import { type Delivery, type Message, returnPathOf } from '@postausgang/mail';
import {
  type InlineMailRequested,
  type MailSecurity,
  readHeaderFields,
  type RedirectNotice,
} from '@postausgang/message';
import type { SendingModeNow } from '@postausgang/settings';

/** What is to be redirected. */
interface Planned {
  readonly request: InlineMailRequested;
  readonly decisions: Decisions;
  readonly delivery: Delivery;
  /** The settings of the server. */
  readonly content: OutgoingServerContent;
}

interface RedirectedMessage {
  readonly message: Message;
  readonly messageId: string;
  readonly redirected: Redirection;
}

type Failed = { readonly kind: 'failed' | 'later'; readonly failure: Failure };

type Redirecting =
  | { readonly kind: 'redirected'; readonly value: RedirectedMessage }
  | { readonly kind: 'held'; readonly reason: HeldReason }
  | Failed;

interface RedirectDeps {
  readonly compose: (
    notice: RedirectNotice,
  ) => Promise<
    { readonly kind: 'composed'; readonly composed: Omit<RedirectedMessage, 'redirected'> } | Failed
  >;
  readonly security: Pick<MailSecurity, 'apart'>;
}

/** The message for the addresses in the envelope. Rejects with the errors of the content store. */
export async function redirectMessage(deps: RedirectDeps, planned: Planned): Promise<Redirecting> {
  const { request, decisions, delivery, content } = planned;
  if (namesOthers(request, content)) return held('redirect-unsafe');
  const made = await deps.compose(delivery);
  if (made.kind !== 'composed') return made;
  const redirected = 'raw' in request ? ('envelope' as const) : ('message' as const);
  const value = { ...made.composed, redirected };
  if (decisions.smime === undefined) return { kind: 'redirected', value };
  const unsecured = { request, decisions, content: asDecided(planned), message: value.message };
  const apart = await deps.security.apart(unsecured, delivery.to);
  if (apart.kind === 'secured') return { kind: 'redirected', value: { ...value, message: apart.value } };
  return apart.failure.code === 'smime-recipient-certificate-missing' ? held('redirect-certificate') : apart;
}

function held(reason: HeldReason): Redirecting {
  return { kind: 'held', reason };
}

/**
 * Exchange takes the recipients from the message. To, Cc and Bcc are written anew for it, but what it makes of the
 * recipients of an earlier sender (RFC 5322 §3.6.6) nobody has promised.
 */
function namesOthers(request: InlineMailRequested, { serverType }: OutgoingServerContent): boolean {
  if (!('raw' in request) || serverType !== 'exchange') return false;
  const fields = readHeaderFields(Buffer.from(request.raw, 'base64')) ?? [];
  return fields.some(({ name }) => /^resent-(?:to|cc|bcc)$/.test(name));
}

/**
 * The settings of S/MIME as they were decided on. Where the recipients would have had an encrypted message, so have the
 * addresses that it is redirected to.
 */
function asDecided({ content, decisions: { smime }, delivery }: Planned): OutgoingServerContent {
  if (smime === undefined) return content;
  const own = smime.messages.filter(({ for: only }) => only === null || delivery.for.includes(only));
  const isEncrypted = smime.encrypt === 'when-possible' && own.some(({ encrypted }) => encrypted);
  const encrypt = isEncrypted ? ('required' as const) : smime.encrypt;
  const certificateId = smime.signedWith ?? content.smime.certificateId;
  return { ...content, smime: { ...content.smime, sign: smime.signedWith !== null, encrypt, certificateId } };
}

/** The sender of the envelope. A finished message has an author of its own. */
export function returnPath(
  mode: SendingModeNow,
  request: InlineMailRequested,
  { envelopeFrom, from }: Decisions,
): string {
  const author = 'raw' in request ? (request.summary?.from ?? from.address) : from.address;
  return returnPathOf(mode, { envelopeFrom, author });
}
