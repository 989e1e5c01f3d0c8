import { type Decisions, type Failure, failure, type TriedSender } from '@postausgang/contracts';
import {
  decideEnvelope,
  type DsnRequest,
  type Message,
  planEnvelope,
  type WaitingMail,
  withCorrections,
} from '@postausgang/mail';
import { authorOf, type InlineMailRequested, type MailSecurity, wantsSecurity } from '@postausgang/message';
import { untrustedText } from '@postausgang/net';
import type { SenderBook } from '@postausgang/settings';
import type { ActiveServing } from './plan.ts';

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
    mail: WaitingMail,
  ) => ComposedMessage | null | Promise<ComposedMessage | null>;
  /** Signs and encrypts what the settings say is to be. */
  readonly security: MailSecurity;
  /** The senders of the settings as they are now; none where it is absent. */
  readonly senders?: () => SenderBook;
}

/** A message with those it is for this time. */
export interface PreparedAttempt extends ComposedMessage {
  readonly decisions: Decisions;
  readonly to: readonly string[];
  readonly dsn: DsnRequest | undefined;
}

/** The settings that a mail goes out by. */
type SendingSettings = Pick<ActiveServing, 'content' | 'serverId'>;

type Preparation =
  | { readonly kind: 'prepared'; readonly attempt: PreparedAttempt }
  /** The mail is given up. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** It waits until somebody has done something about it. */
  | { readonly kind: 'later'; readonly failure: Failure };

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
  // Nothing is awaited where nothing is to be signed or encrypted: every mail would pay for it.
  const decided =
    mail.decisions === null && wantsSecurity(serving.content)
      ? await decideSecurity(deps, mail, serving, request, first)
      : ({ kind: 'prepared', decisions: first, messageId: null } as const);
  if (decided.kind !== 'prepared') {
    return decided;
  }
  const { decisions } = decided;
  const to = planEnvelope(mail, decisions, most);
  if (to.length === 0) {
    return failed(failure('no-recipient-left'));
  }
  const corrected = withCorrections(request, mail, to);
  const dsn = dsnOf(request, decisions, to);
  const messageId = mail.messageId ?? decided.messageId;
  if (decisions.smime !== undefined && corrected === request && messageId !== null) {
    const message = await deps.security.message(decisions.smime, to);
    return { kind: 'prepared', attempt: { message, messageId, decisions, to, dsn } };
  }
  const made = await compose(deps, corrected, decisions, mail);
  if (made.kind !== 'composed') {
    return made;
  }
  const { composed } = made;
  if (decisions.smime === undefined) {
    return { kind: 'prepared', attempt: { ...composed, decisions, to, dsn } };
  }
  const { content } = serving;
  const { message } = composed;
  const apart = await deps.security.apart({ request: corrected, decisions, content, message }, to);
  return apart.kind === 'secured'
    ? { kind: 'prepared', attempt: { ...composed, message: apart.value, decisions, to, dsn } }
    : apart;
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
  | Exclude<Preparation, { kind: 'prepared' }>;

/** The first attempt makes all messages of a mail that is to be signed or encrypted; its decisions name them. */
async function decideSecurity(
  deps: MessageMaking,
  mail: WaitingMail,
  { content }: SendingSettings,
  request: InlineMailRequested,
  decisions: Decisions,
): Promise<DecidedSecurity> {
  const made = await compose(deps, request, decisions, mail);
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
function decideOnce(
  { senders }: MessageMaking,
  { decisions }: WaitingMail,
  request: InlineMailRequested,
  { content, serverId }: SendingSettings,
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
async function compose(
  deps: MessageMaking,
  request: InlineMailRequested,
  decisions: Decisions,
  mail: WaitingMail,
): Promise<Composing> {
  try {
    const composed = await deps.compose(request, decisions, mail);
    return composed === null ? uncomposable('the finished message') : { kind: 'composed', composed };
  } catch (error) {
    return uncomposable(untrustedText(`composing the message: ${String(error)}`));
  }
}

function uncomposable(place: string): Extract<Preparation, { kind: 'failed' }> {
  return { kind: 'failed', failure: failure('message-uncomposable', place) };
}
