import type {
  Address,
  Decisions,
  MailRequested,
  OutgoingServerContent,
  SenderContent,
  TriedSender,
} from '@postausgang/contracts';
import { createSenderBook, effectiveOnUnknown, type SenderBook } from '@postausgang/settings';
import { chooseSender, type SenderChoice } from './choose-sender.ts';
import type { Mail } from './mail.ts';
import { addressKey, openRecipients, requestedRecipients, withCopies } from './recipients.ts';

/** RFC 5321 §4.5.3.1.8: every server takes at least 100. */
const maxRecipientsPerTransaction = 100;

/**
 * Who the next transaction is for: those that wait, at most 100, the ones not tried yet before the ones that were put
 * off. Whoever has an outcome is never sent to again. Corrected recipients have a message of their own, whose header
 * names them; everybody else gets the bytes they have got before. So has, under S/MIME, every hidden recipient: the
 * certificates of all recipients stand in an encrypted message.
 *
 * @param most where a limit allows fewer
 */
export function planEnvelope(
  mail: Mail,
  decisions: Decisions,
  most = maxRecipientsPerTransaction,
): readonly string[] {
  const open = openRecipients(withCopies(mail.recipients, decisions));
  const untried = open.filter(({ outcome }) => outcome === 'pending');
  const next = untried.length > 0 ? untried : open;
  const isCorrected = next[0]?.correctedFrom !== undefined;
  const group = groupOf(decisions, next[0]?.address);
  return next
    .filter(({ correctedFrom }) => (correctedFrom !== undefined) === isCorrected)
    .filter(({ address }) => groupOf(decisions, address) === group)
    .slice(0, Math.min(most, maxRecipientsPerTransaction))
    .map(({ address }) => address);
}

/** The hidden recipient that has a message alone; null: the message of all the others. */
function groupOf({ smime }: Decisions, address: string | undefined): string | null {
  if (smime === undefined || address === undefined) return null;
  const key = addressKey(address);
  const own = smime.messages.find((message) => message.for !== null && addressKey(message.for) === key);
  return own?.for ?? null;
}

/**
 * The request as its message goes to these recipients. Where a resend has corrected their addresses, the header names
 * the corrected ones; for everybody else, and where the message was finished already, it is what it was.
 */
export function withCorrections<Request extends MailRequested>(
  request: Request,
  { recipients }: Pick<Mail, 'recipients'>,
  to: readonly string[],
): Request {
  const corrected = new Map(
    recipients.flatMap(({ address, correctedFrom }) =>
      correctedFrom === undefined ? [] : [[addressKey(correctedFrom), address] as const],
    ),
  );
  const isForCorrected = [...corrected.values()].some((address) => to.includes(address));
  if ('envelope' in request || !isForCorrected) {
    return request;
  }
  const correct = (addresses: readonly Address[] | undefined): Address[] | undefined =>
    addresses?.map((one) => ({ ...one, address: corrected.get(addressKey(one.address)) ?? one.address }));
  const fields = { to: correct(request.to), cc: correct(request.cc), bcc: correct(request.bcc) };
  return {
    ...request,
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  };
}

type EnvelopeDecision =
  | { readonly kind: 'decided'; readonly decisions: Decisions }
  /** Neither the mail names a sender nor do the settings: it fails with `settings-invalid`. */
  | { readonly kind: 'no-sender' }
  /** The mail is strict about its sender: it fails with `sender-unknown`. */
  | { readonly kind: 'refused'; readonly tried: readonly TriedSender[] };

const noSenders = createSenderBook();

interface SenderContext {
  readonly senders?: SenderBook | undefined;
  /** Who a finished message is from, where its envelope has the null sender. */
  readonly author?: string;
}

/**
 * Decides on sender, bounce address and copies, from the request and one version of the settings. The first attempt does it and its
 * events keep it, so every later attempt is the same. A finished message keeps the sender of its envelope.
 */
export function decideEnvelope(
  request: MailRequested,
  content: OutgoingServerContent,
  serverId: string,
  { senders = noSenders, author = '' }: SenderContext = {},
): EnvelopeDecision {
  const chosen = senderOf(request, content, senders, author);
  if (chosen.kind !== 'chosen') {
    return chosen;
  }
  const { decision: sender, from } = chosen;
  const envelopeFrom = bounceAddressOf(request) ?? from.address;
  // What no report may answer needs no witness either.
  const copies = envelopeFrom === '' ? [] : copiesOf(from, request, content, chosen.content);
  const onUnknown = request.onUnknown ?? effectiveOnUnknown(content);
  return {
    kind: 'decided',
    decisions: { serverId, sender, from, envelopeFrom, copies, onUnknown },
  };
}

function bounceAddressOf(request: MailRequested): string | null {
  return 'envelope' in request ? request.envelope.from : (request.bounceAddress ?? null);
}

function senderOf(
  request: MailRequested,
  { senderAddress: defaultSender, fromPolicy: policy, onForeignSender }: OutgoingServerContent,
  senders: SenderBook,
  author: string,
): SenderChoice {
  if (!('envelope' in request)) {
    return chooseSender(request, { policy, defaultSender, senders, onForeignSender });
  }
  const from = { address: request.envelope.from || author };
  return { kind: 'chosen', decision: 'message', from, content: null };
}

/** Copies that are in the envelope only, for nobody who gets the mail anyway: those that always go out, and the sender's. */
function copiesOf(
  from: Address,
  request: MailRequested,
  content: OutgoingServerContent,
  sender: SenderContent | null,
): Decisions['copies'] {
  const mode =
    sender === null || sender.copyToSender === 'inherit' ? content.copyToSender : sender.copyToSender;
  if (mode === 'off' && sender === null) {
    return [];
  }
  const known = new Set(requestedRecipients(request).map(addressKey));
  const isNew = ({ address }: Decisions['copies'][number]): boolean => {
    const key = addressKey(address);
    const isFirst = !known.has(key);
    known.add(key);
    return isFirst;
  };
  const always = (sender?.alwaysCopyTo ?? []).map(({ address }) => ({
    address,
    rule: 'always-copy' as const,
  }));
  const own = copiesWanted(mode, content) ? [{ address: from.address, rule: 'copy-to-sender' as const }] : [];
  return [...own, ...always].filter(isNew);
}

function copiesWanted(mode: OutgoingServerContent['copyToSender'], content: OutgoingServerContent): boolean {
  switch (mode) {
    case 'off':
      return false;
    case 'bcc':
      return true;
    case 'auto':
      return !filesSentCopy(content);
    default:
      return mode satisfies never;
  }
}

const exchangeOnlineHost = /\.(office365|outlook)\.com\.?$/i;

/** Exchange puts what it sends into the sender's Sent folder itself, also what comes in by SMTP at Exchange Online. */
function filesSentCopy({ serverType, smtp }: OutgoingServerContent): boolean {
  return serverType === 'exchange' || (serverType === 'smtp' && exchangeOnlineHost.test(smtp.hostname ?? ''));
}
