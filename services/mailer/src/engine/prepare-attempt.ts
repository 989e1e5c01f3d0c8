import { type Decisions, type Failure, failure, type MailRequested } from '@postausgang/contracts';
import type { Position, Publisher } from '@postausgang/event-log';
import {
  decideEnvelope,
  type MailOutcome,
  planEnvelope,
  type WaitingMail,
  withCorrections,
} from '@postausgang/mail';
import { type InlineMailRequested, type MailSecurity, wantsSecurity } from '@postausgang/message';
import type { Serving } from '../apply/applier.ts';
import type { MailView } from '../view/mail-view.ts';
import type { Clock } from './clock.ts';
import type { RequestCache } from './request-cache.ts';

export type ActiveServing = Extract<Serving, { state: 'active' }>;

/** The message of a mail: the same bytes for the same request, decisions and time of acceptance. */
interface ComposedMessage {
  readonly message: Uint8Array;
  readonly messageId: string;
}

export interface AttemptDeps {
  readonly publisher: Publisher;
  readonly payloads: Pick<RequestCache, 'load'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Rejects, or gives null, when no message can be made of the request. */
  readonly compose: (
    request: InlineMailRequested,
    decisions: Decisions,
    mail: WaitingMail,
  ) => ComposedMessage | null | Promise<ComposedMessage | null>;
  /** Signs and encrypts what the settings say is to be. */
  readonly security: MailSecurity;
  /** What is wrong with a request that nobody has checked yet, or null. */
  readonly checkRequest: (request: InlineMailRequested) => string | null;
  /** See `Acting`. */
  readonly epochOf: (mail: WaitingMail) => number | undefined;
  readonly view: Pick<MailView, 'get'>;
  /**
   * Resolves when the intent at this position, and so every intent before it, is folded: then the row tells whether
   * somebody else was earlier. Rejects when that takes too long for the final dot to be sent at all.
   */
  readonly intentFolded: (intent: Position) => Promise<void>;
  /** Names this run of the mailer in the ids of its events; another run has another one. */
  readonly runId: string;
}

export type AttemptEnd =
  | {
      readonly kind: 'outcome';
      readonly outcome: MailOutcome;
      readonly eventId: string;
      /** What it has told about the server as a whole. */
      readonly server?: Failure;
    }
  | { readonly kind: 'refused'; readonly detail: string }
  /** By an event that this names, before the intent. */
  | { readonly kind: 'called-off'; readonly eventId: string }
  /** Says nothing about the mail. */
  | { readonly kind: 'server-failed'; readonly failure: Failure }
  /** Something of ours was not ready; the mail is as it was. */
  | { readonly kind: 'postponed'; readonly reason: unknown };

/** A message with those it is for this time. */
interface PreparedAttempt extends ComposedMessage {
  readonly decisions: Decisions;
  readonly to: readonly string[];
}

type Preparation =
  | { readonly kind: 'prepared'; readonly attempt: PreparedAttempt }
  /** The mail is given up, or (`later`) waits until somebody has done something about it. */
  | { readonly kind: 'failed' | 'later'; readonly failure: Failure };

type Deps = Pick<AttemptDeps, 'compose' | 'security'>;

/**
 * Decides on sender, copies and S/MIME where no attempt has, and makes the message for the next recipients. Rejects with
 * the errors of the content store.
 */
export async function prepareAttempt(
  deps: Deps,
  mail: WaitingMail,
  serving: ActiveServing,
  request: InlineMailRequested,
  most: number | undefined,
): Promise<Preparation> {
  const first = mail.decisions ?? decide(request, serving);
  if (first === null) {
    return failed(failure('settings-invalid', 'Neither the mail nor the settings name a sender'));
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
  const to = planEnvelope(mail, decisions, most);
  if (to.length === 0) {
    return failed(failure('no-recipient-left'));
  }
  const corrected = withCorrections(request, mail, to);
  const messageId = mail.messageId ?? decided.messageId;
  if (decisions.smime !== undefined && corrected === request && messageId !== null) {
    const message = await deps.security.message(decisions.smime, to);
    return { kind: 'prepared', attempt: { message, messageId, decisions, to } };
  }
  const composed = await composeOrNull(deps, corrected, decisions, mail);
  if (composed === null) {
    return failed(failure('message-uncomposable'));
  }
  if (decisions.smime === undefined) {
    return { kind: 'prepared', attempt: { ...composed, decisions, to } };
  }
  const { content } = serving;
  const { message } = composed;
  const apart = await deps.security.apart({ request: corrected, decisions, content, message }, to);
  return apart.kind === 'secured'
    ? { kind: 'prepared', attempt: { ...composed, message: apart.value, decisions, to } }
    : apart;
}

function failed(why: Failure): Preparation {
  return { kind: 'failed', failure: why };
}

type DecidedSecurity =
  | {
      readonly kind: 'prepared';
      readonly decisions: Decisions;
      /** Where it became known by the way. */
      readonly messageId: string | null;
    }
  | { readonly kind: 'failed' | 'later'; readonly failure: Failure };

/** The first attempt makes all messages of a mail that is to be signed or encrypted; its decisions name them. */
async function decideSecurity(
  deps: Deps,
  mail: WaitingMail,
  { content }: ActiveServing,
  request: InlineMailRequested,
  decisions: Decisions,
): Promise<DecidedSecurity> {
  const composed = await composeOrNull(deps, request, decisions, mail);
  if (composed === null) {
    return { kind: 'failed', failure: failure('message-uncomposable') };
  }
  const { message, messageId } = composed;
  const decided = await deps.security.decide({ request, decisions, content, message });
  return decided.kind === 'secured'
    ? { kind: 'prepared', decisions: { ...decisions, smime: decided.value }, messageId }
    : decided;
}

function decide(request: MailRequested, { content, serverId }: ActiveServing): Decisions | null {
  const decision = decideEnvelope(request, content, serverId);
  return decision.kind === 'decided' ? decision.decisions : null;
}

/** Whatever stands in a request, it must not stop the queue. */
async function composeOrNull(
  deps: Deps,
  request: InlineMailRequested,
  decisions: Decisions,
  mail: WaitingMail,
): Promise<ComposedMessage | null> {
  try {
    return await deps.compose(request, decisions, mail);
  } catch {
    return null;
  }
}
