import {
  type Decisions,
  type Failure,
  failure,
  type HeldReason,
  type Redirection,
  type TriedSender,
} from '@postausgang/contracts';
import {
  decideEnvelope,
  type Delivery,
  deliveryOf,
  type DsnRequest,
  isDefaultSender,
  liveMode,
  type Mail,
  type Message,
  planEnvelope,
  type WaitingMail,
  withCorrections,
} from '@postausgang/mail';
import {
  authorOf,
  type InlineMailRequested,
  type MailSecurity,
  type RedirectNotice,
  readRawMessage,
  wantsSecurity,
} from '@postausgang/message';
import { untrustedText } from '@postausgang/net';
import {
  allowedSendersText,
  defaultServerOf,
  refusedSenders,
  type SenderBook,
  type SenderLimits,
  type SenderRules,
  type SendingModeNow,
  type SettingsState,
} from '@postausgang/settings';
import type { ActiveServing } from './plan.ts';
import { redirectMessage, returnPath } from './redirect-attempt.ts';

/** The message of a mail: the same bytes for the same request, decisions and time of acceptance. */
interface ComposedMessage {
  readonly message: Message;
  readonly messageId: string;
}

/** What makes a message of a request. */
export interface MessageMaking {
  /** Rejects, or gives null, when no message can be made of the request. */
  readonly compose: (
    request: InlineMailRequested,
    decisions: Decisions,
    mail: Mail,
    redirect?: RedirectNotice,
  ) => ComposedMessage | null | Promise<ComposedMessage | null>;
  /** Signs and encrypts what the settings say is to be. */
  readonly security: MailSecurity;
  /** The senders of the settings as they are now; none where it is absent. */
  readonly senders?: () => SenderBook;
  /** Why a mail may not be sent with its sender, or null. Absent: every one may. */
  readonly mayUseSenders?: SenderGuard;
}

/** A message with those it is for this time. */
export interface PreparedAttempt extends ComposedMessage {
  readonly decisions: Decisions;
  readonly delivery: Delivery;
  /** The sender of the envelope. */
  readonly returnPath: string;
  /** What of it was changed because it goes to others than its recipients; null: nothing. */
  readonly redirected: Redirection | null;
  readonly dsn: DsnRequest | undefined;
}

/** The settings that a mail goes out by. */
export interface SendingSettings extends Pick<ActiveServing, 'content' | 'serverId'> {
  /** Default `live`. */
  readonly sendingMode?: SendingModeNow;
}

type Preparation =
  | { readonly kind: 'prepared'; readonly attempt: PreparedAttempt }
  /** The mail is given up. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** It waits until somebody has done something about it. */
  | { readonly kind: 'later'; readonly failure: Failure }
  /** It is held until somebody releases it. */
  | { readonly kind: 'held'; readonly reason: HeldReason }
  /** The request is set aside: whoever has asked may not send with this sender. */
  | { readonly kind: 'refused'; readonly detail: string };

/**
 * Decides on sender, copies and S/MIME where no attempt has, and makes the message for the next recipients. Rejects with
 * the errors of the content store.
 */
export async function prepareAttempt(
  deps: MessageMaking,
  mail: WaitingMail,
  serving: SendingSettings,
  request: InlineMailRequested,
  most: number | undefined,
): Promise<Preparation> {
  const decision = decideOnce(deps, mail, request, serving);
  if (decision.kind !== 'decided') {
    return decision;
  }
  const first = decision.decisions;
  const notAllowed = deps.mayUseSenders?.(mail, request, first) ?? null;
  if (notAllowed !== null) {
    const detail = untrustedText(notAllowed);
    // Nobody has looked at mail that came by the log: it is a request that cannot be taken.
    return mail.decisions === null && mail.generation === 1 && !isAccepted(mail)
      ? { kind: 'refused', detail }
      : failed(failure('sender-not-allowed', detail));
  }
  // Nothing is awaited where nothing is to be signed or encrypted: every mail would pay for it.
  const decided =
    mail.decisions === null && wantsSecurity(serving.content)
      ? await decideSecurity(deps, mail, serving, request, first)
      : ({ kind: 'prepared', decisions: first, messageId: null } as const);
  if (decided.kind !== 'prepared') {
    return decided;
  }
  const { decisions } = decided;
  const next = planEnvelope(mail, decisions, most);
  if (next.length === 0) {
    return failed(failure('no-recipient-left'));
  }
  const mode = serving.sendingMode ?? liveMode;
  const delivery = deliveryOf(mode, next);
  const { to } = delivery;
  const corrected = withCorrections(request, mail, delivery.for);
  const planned = { decisions, delivery, returnPath: returnPath(mode, request, decisions) };
  if (delivery.isRedirected) {
    // Nobody is asked for reports of delivery: they would be about addresses that nobody has named.
    return redirect(deps, mail, corrected, { ...planned, dsn: undefined }, serving);
  }
  const attempt = { ...planned, redirected: null, dsn: dsnOf(request, decisions, to) };
  const messageId = mail.messageId ?? decided.messageId;
  if (decisions.smime !== undefined && corrected === request && messageId !== null) {
    const message = await deps.security.message(decisions.smime, to);
    return { kind: 'prepared', attempt: { ...attempt, message, messageId } };
  }
  const made = await composeFor(deps, corrected, decisions, mail);
  if (made.kind !== 'composed') {
    return made;
  }
  const { composed } = made;
  if (decisions.smime === undefined) {
    return { kind: 'prepared', attempt: { ...attempt, ...composed } };
  }
  const { content } = serving;
  const { message } = composed;
  const apart = await deps.security.apart({ request: corrected, decisions, content, message }, to);
  return apart.kind === 'secured'
    ? { kind: 'prepared', attempt: { ...attempt, ...composed, message: apart.value } }
    : apart;
}

/** The message for those who get it instead. */
async function redirect(
  deps: MessageMaking,
  mail: WaitingMail,
  request: InlineMailRequested,
  planned: Pick<PreparedAttempt, 'decisions' | 'delivery' | 'returnPath' | 'dsn'>,
  { content }: SendingSettings,
): Promise<Preparation> {
  const made = await redirectMessage(
    {
      security: deps.security,
      compose: (notice) => composeFor(deps, request, planned.decisions, mail, notice),
    },
    { ...planned, request, content },
  );
  return made.kind === 'redirected' ? { kind: 'prepared', attempt: { ...planned, ...made.value } } : made;
}

/** The reports that the request asks for, about those who are no copies of our own. */
function dsnOf(
  { id, requestDsn }: InlineMailRequested,
  { copies }: Decisions,
  to: readonly string[],
): DsnRequest | undefined {
  if (requestDsn === undefined || requestDsn === null) return undefined;
  const ours = new Set(copies.map(({ address }) => address));
  const recipients = to.filter((address) => !ours.has(address));
  return { notify: requestDsn.notify, ret: requestDsn.ret ?? null, mailId: id, recipients };
}

/** Whether a mailer has accepted it over HTTP. */
function isAccepted({ requestedBy }: WaitingMail): boolean {
  return requestedBy !== null && requestedBy.kind !== 'source';
}

function failed(why: Failure): Extract<Preparation, { kind: 'failed' }> {
  return { kind: 'failed', failure: why };
}

type DecidedSecurity =
  | {
      readonly kind: 'prepared';
      readonly decisions: Decisions;
      /** Where it became known by the way. */
      readonly messageId: string | null;
    }
  | Extract<Preparation, { kind: 'failed' | 'later' }>;

/** The first attempt makes all messages of a mail that is to be signed or encrypted; its decisions name them. */
async function decideSecurity(
  deps: MessageMaking,
  mail: WaitingMail,
  { content }: SendingSettings,
  request: InlineMailRequested,
  decisions: Decisions,
): Promise<DecidedSecurity> {
  const made = await composeFor(deps, request, decisions, mail);
  if (made.kind !== 'composed') {
    return made;
  }
  const { message, messageId } = made.composed;
  const decided = await deps.security.decide({ request, decisions, content, message });
  return decided.kind === 'secured'
    ? { kind: 'prepared', decisions: { ...decisions, smime: decided.value }, messageId }
    : decided;
}

/** What the first attempt decides counts for all of them. */
export function decideOnce(
  { senders }: MessageMaking,
  { decisions }: Pick<Mail, 'decisions'>,
  request: InlineMailRequested,
  { content, serverId }: Pick<SendingSettings, 'content' | 'serverId'>,
):
  | { readonly kind: 'decided'; readonly decisions: Decisions }
  | Extract<Preparation, { readonly kind: 'failed' }> {
  if (decisions !== null) {
    return { kind: 'decided', decisions };
  }
  const author = 'raw' in request && request.envelope.from === '' ? authorOf(request) : '';
  const decision = decideEnvelope(request, content, serverId, { senders: senders?.(), author });
  switch (decision.kind) {
    case 'decided':
      return decision;
    case 'refused':
      return failed(failure('sender-unknown', triedText(decision.tried)));
    case 'no-sender':
      return failed(failure('settings-invalid', 'Neither the mail nor the settings name a sender'));
    default:
      return decision satisfies never;
  }
}

function triedText(tried: readonly TriedSender[]): string {
  return untrustedText(tried.map(({ rule, key, result }) => `${rule} ${key}: ${result}`).join(', '));
}

type Composing =
  | { readonly kind: 'composed'; readonly composed: ComposedMessage }
  | Extract<Preparation, { kind: 'failed' }>;

/** Whatever stands in a request, it must not stop the queue. */
export async function composeFor(
  deps: Pick<MessageMaking, 'compose'>,
  request: InlineMailRequested,
  decisions: Decisions,
  mail: Mail,
  redirect?: RedirectNotice,
): Promise<Composing> {
  try {
    const composed = await deps.compose(request, decisions, mail, redirect);
    return composed === null ? uncomposable('the finished message') : { kind: 'composed', composed };
  } catch (error) {
    return uncomposable(untrustedText(`composing the message: ${String(error)}`));
  }
}

function uncomposable(place: string): Extract<Preparation, { kind: 'failed' }> {
  return { kind: 'failed', failure: failure('message-uncomposable', place) };
}

/** Why the mail may not be sent with its sender, or null. */
export type SenderGuard = (
  mail: Pick<Mail, 'requestedBy' | 'history'>,
  request: InlineMailRequested,
  decisions: Decisions,
) => string | null;

/**
 * The last look at the sender before a message is handed over. What was allowed at acceptance may have been taken back
 * since, and mail from the log has never been looked at. So each attempt asks the settings as they are now. Not for
 * probes: whoever asks for one may try out a sender that is not saved yet, and the API has looked at it.
 */
export function createSenderGuard(settings: { readonly state: SettingsState }): SenderGuard {
  return (mail, request, decisions) => {
    const { state } = settings;
    const { fromPolicy: policy, senderAddress } = defaultServerOf(state).content;
    // A default sender stays allowed when the default has changed since.
    const defaultSender = isDefaultSender(decisions) ? decisions.from : senderAddress;
    const rules: SenderRules = { policy, defaultSender, senders: state.senders };
    const limiting = keysOf(mail).flatMap((id): readonly SenderLimits[] => {
      const key = state.apiKeys.byId.get(id);
      return key?.senders === undefined && key?.senderDomains === undefined ? [] : [key];
    });
    for (const limits of [{}, ...limiting]) {
      const [refused] = refusedSenders(rules, limits, () => sendersOf(request, decisions));
      if (refused !== undefined) {
        return `${refused.address ?? ''} ${allowedSendersText(rules, limits)}`.trim();
      }
    }
    return null;
  };
}

/** The keys that have asked for the mail: in the first place, and for its last resend. */
function keysOf({ requestedBy, history }: Pick<Mail, 'requestedBy' | 'history'>): readonly string[] {
  const lastResend = Math.max(
    history.findLastIndex(({ entry }) => entry === 'requeued'),
    0,
  );
  // An unknown outcome that is resolved can be a resend, too.
  const again = history
    .slice(lastResend)
    .filter(({ entry }) => entry === 'requeued' || entry === 'resolved')
    .map((entry) => entry.requestedBy);
  return [requestedBy?.kind === 'api-key' ? requestedBy.id : null, ...again].filter((id) => id !== null);
}

/** Everything in a mail that says who sends. What a sender of the settings adds was chosen by an administrator. */
function sendersOf(
  request: InlineMailRequested,
  { from, envelopeFrom }: Decisions,
): readonly { readonly address: string | null }[] {
  // The null sender is nobody's address, and usually both are the same.
  const decided = [...new Set([from.address, envelopeFrom])].filter((address) => address !== '');
  const named = 'raw' in request ? namedIn(request) : (request.replyTo ?? []);
  return [...decided.map((address) => ({ address })), ...named];
}

function namedIn({ raw, envelope }: Extract<InlineMailRequested, { readonly raw: string }>) {
  const read = readRawMessage(Buffer.from(raw, 'base64'), envelope, { isAccepted: true });
  return read.ok ? read.message.senders : [{ address: null }];
}
