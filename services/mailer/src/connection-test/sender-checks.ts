/*
 * Checks of senders, one sender at a time: to a server they look like a program that tries out addresses, and each may be a
 * mail. What a check has found is an event for each sender, so its progress can be read anywhere, and another mailer or the
 * next run goes on where this one has ended. What is wrong with the server as a whole is found once, and holds for the
 * senders that are left.
 *
 * A mail whose sender is refused shows the same as a check.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  type CheckedSender,
  type EventData,
  type Failure,
  failure,
  type PostausgangEvent,
} from '@postausgang/contracts';
import type { Fold, Publisher } from '@postausgang/event-log';
import { instantMs, senderDecisionOf } from '@postausgang/mail';
import { within } from '@postausgang/net';
import {
  activeSenderWith,
  defaultServer,
  defaultServerOf,
  evolveSenderChecks,
  exchangeConnectionKind,
  pendingChecks,
  senderCheckView,
  senderId,
  senderKind,
  type SenderChecksState,
  sendingVersions,
  type SettingsState,
} from '@postausgang/settings';
import type { SenderRefusal } from '../engine/attempt.ts';
import { checkSender, type ExistingSender, type SenderFinding } from './check-sender.ts';
import type { RequestedTest } from './runner.ts';
import { senderRemedy } from './sender-remedy.ts';
import type { RunTestOptions } from './stages.ts';

type Requested = EventData<'senderCheckRequested'>;

/** What is known of the senders, and how it is told. */
export interface SenderReports {
  readonly settings: Pick<Fold<SettingsState>, 'state' | 'until'>;
  readonly publisher: Publisher;
  readonly mailerId: string;
  readonly logger: Logger;
  readonly now: () => Date;
  /** The fold of the checks. */
  readonly checks: SenderChecksState;
}

interface SenderChecksOptions extends SenderReports {
  readonly newId: () => string;
  readonly testing: RunTestOptions;
  /** Why the quotas of whoever asked leave no room for one mail more; null: they do. */
  readonly quotaFailure: (request: Pick<Requested, 'actor'>) => Failure | null;
  /** Why nothing may be sent; null: it may. */
  readonly closedBy: () => Failure | null;
}

export interface SenderChecks {
  /** Folds an event of the checks. */
  evolve(event: PostausgangEvent): void;
  /** Takes what was asked for and is not done yet, as long as this mailer is the one to do it. */
  takePending(isOurs: () => boolean): void;
  /** Takes no other sender, and waits for the one that is under way, at most so long. */
  stop(graceMs: number): Promise<void>;
}

export function createSenderChecks(options: SenderChecksOptions): SenderChecks {
  const { logger, now, checks: state } = options;
  const taken = new Set<string>();
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function run(request: Requested, isOurs: () => boolean): Promise<void> {
    const mayGoOn = (): boolean => !stopping.signal.aborted && isOurs();
    try {
      await runCheck(options, request, mayGoOn, stopping.signal);
    } catch (error) {
      logger.error({ err: error, checkId: request.checkId }, 'a check of senders broke off');
    }
  }

  return {
    evolve: (event) => void evolveSenderChecks(state, event),
    takePending(isOurs) {
      const pending = stopping.signal.aborted || !isOurs() ? [] : pendingChecks(state, now().getTime());
      for (const { checkId } of pending.filter(({ checkId: id }) => !taken.has(id))) {
        taken.add(checkId);
        running = running
          // What another mailer has done meanwhile is left out.
          .then(() => pendingChecks(state, now().getTime()).find((one) => one.checkId === checkId))
          .then((left) => (left === undefined ? undefined : run(left, isOurs)))
          .finally(() => taken.delete(checkId));
      }
    },
    async stop(graceMs) {
      stopping.abort();
      await within(graceMs, running, () => undefined);
    },
  };
}

/** Tells that the server has refused the sender of a mail, unless that is known. */
export function createSenderRefusals(reports: SenderReports): (refusal: SenderRefusal) => void {
  const { logger, now, checks } = reports;
  return (refusal) => {
    const data = refusalOf(reports, refusal);
    if (data === undefined) return;
    const { senderId: id, address, mailId } = data;
    if (senderCheckView(checks, id, data, now().getTime()).state === 'refused') return;
    logger.warn({ senderId: id, address, mailId }, 'the mail server refuses a sender');
    tell(reports, data).catch((error: unknown) =>
      logger.warn({ err: error, senderId: id }, 'the refusal of a sender could not be told'),
    );
  };
}

/** How long the settings that a check was asked for may take to come here. */
const settingsWithinMs = 10_000;
/** A limit that is free sooner is waited for. */
const longestPauseMs = 5 * 60_000;

async function runCheck(
  options: SenderChecksOptions,
  request: Requested,
  mayGoOn: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { settings } = options;
  const isKnown = (): true | undefined => knows(settings.state, request) || undefined;
  await settings.until(isKnown, { timeoutMs: settingsWithinMs, signal });
  let ofServer: Failure | null = null;
  for (const { id } of request.senders) {
    if (!mayGoOn()) return;
    const sender = senderOf(settings.state, id);
    const finding = await findingOn(options, request, sender, ofServer, signal);
    if (finding === null) return;
    ofServer = finding.isOfServer ? finding.failure : null;
    await tell(options, checkedBy(options, request, id, sender, finding));
  }
}

/** Whether the versions have come here that the check was asked for. */
function knows(state: SettingsState, { senders, serverVersion, connection }: Requested): boolean {
  const now = sendingVersions(state);
  const isConnection = connection === null || (now.connection?.version ?? 0) >= connection.version;
  const areSenders = senders.every(
    ({ id, version }) => (state.senders.resources.get(`${senderKind.prefix}${id}`)?.version ?? 0) >= version,
  );
  return now.serverVersion >= serverVersion && isConnection && areSenders;
}

function senderOf({ senders }: SettingsState, id: string): ExistingSender | undefined {
  const sender = senders.resources.get(`${senderKind.prefix}${id}`);
  return sender === undefined || sender.content === null ? undefined : { ...sender, content: sender.content };
}

const nothingFound = (why: Failure, isOfServer: boolean): SenderFinding => {
  return { verdict: 'failed', probed: false, failure: why, reply: null, isOfServer };
};

/** Null: the mailer stops. */
async function findingOn(
  options: SenderChecksOptions,
  request: Requested,
  sender: ExistingSender | undefined,
  ofServer: Failure | null,
  signal: AbortSignal,
): Promise<SenderFinding | null> {
  if (ofServer !== null) return nothingFound(ofServer, true);
  if (sender === undefined) return nothingFound(failure('sender-unknown'), false);
  for (;;) {
    const finding = await checkSender(
      checkOptions(options, request),
      testOf(options, request, sender),
      sender,
    );
    const pauseMs = pauseOf(finding, options.now());
    if (pauseMs === null) return finding;
    try {
      await sleep(pauseMs, undefined, { signal });
    } catch {
      return null;
    }
  }
}

/** How long to wait for a limit; null: there is nothing to wait for, or not so long. */
function pauseOf({ failure: why }: SenderFinding, now: Date): number | null {
  const freeAtMs = why?.code === 'rate-limited' ? instantMs(why.retryAt ?? '') : null;
  const pauseMs = freeAtMs === null ? Infinity : Math.max(freeAtMs - now.getTime(), 100);
  return pauseMs > longestPauseMs ? null : pauseMs;
}

function checkOptions(options: SenderChecksOptions, request: Requested) {
  const { testing, quotaFailure, closedBy } = options;
  const mayProbe = (): Failure | null => closedBy() ?? (request.probe ? quotaFailure(request) : noProbe);
  return { ...testing, mayProbe };
}

const noProbe = failure('probe-needed');

/** A test of the saved settings, to and from the sender. */
function testOf(
  { settings, newId }: SenderChecksOptions,
  { actor }: Requested,
  { content: { address } }: ExistingSender,
): RequestedTest {
  const { state } = settings;
  const { version, content } = defaultServerOf(state);
  const connection = usedConnection(state);
  return {
    testId: newId(),
    resource: defaultServer,
    settingsVersion: version,
    draft: false,
    content,
    ...(connection === undefined ? {} : { exchangeConnection: connection }),
    probeTo: address,
    probeFrom: address,
    isSenderOnly: true,
    actor,
  };
}

function usedConnection(state: SettingsState): RequestedTest['exchangeConnection'] {
  const { connection } = sendingVersions(state);
  const found = state.exchangeConnections.get(`${exchangeConnectionKind.prefix}${connection?.id ?? ''}`);
  if (connection === null || found === undefined || found.content === null) return undefined;
  return { resource: found.resource, content: found.content };
}

/** The right that is missing, if Exchange could grant it. */
function remedyFor(
  state: SettingsState,
  { address, mailbox }: ExistingSender['content'],
  { failure: why, reply }: Pick<SenderFinding, 'failure' | 'reply'>,
): string | null {
  if (why === null) return null;
  const { content } = defaultServerOf(state);
  const connection = usedConnection(state)?.content ?? null;
  return senderRemedy(why, { content, connection, address, mailbox, reply });
}

function checkedBy(
  { settings: { state }, mailerId }: SenderChecksOptions,
  { checkId, actor, senders }: Requested,
  id: string,
  sender: ExistingSender | undefined,
  finding: SenderFinding,
): CheckedSender {
  const { verdict, probed, failure: why, reply } = finding;
  return {
    senderId: id,
    senderVersion: sender?.version ?? senders.find((one) => one.id === id)?.version ?? 0,
    address: sender?.content.address ?? '',
    ...sendingVersions(state),
    verdict,
    probed,
    failure: why,
    reply,
    remedy: sender === undefined ? null : remedyFor(state, sender.content, finding),
    checkId,
    mailId: null,
    actor,
    mailerId,
  };
}

/** What the refusal of a mail says of a sender; undefined where its sender is none of the settings. */
function refusalOf(
  { settings: { state }, mailerId }: SenderReports,
  { mailId, decisions, settingsVersion, failure: why, reply }: SenderRefusal,
): CheckedSender | undefined {
  const chosen = senderDecisionOf(decisions.sender);
  const named = chosen?.senderId ?? null;
  const other = named === null ? activeSenderWith(state.senders, decisions.from.address) : undefined;
  const sender = senderOf(state, named ?? (other === undefined ? '' : senderId(other)));
  if (sender === undefined) return undefined;
  return {
    senderId: senderId(sender),
    senderVersion: chosen?.senderVersion ?? sender.version,
    address: decisions.from.address,
    ...sendingVersions(state),
    serverVersion: settingsVersion,
    verdict: 'refused',
    probed: false,
    failure: why,
    reply,
    remedy: remedyFor(state, sender.content, { failure: why, reply }),
    checkId: null,
    mailId,
    actor: null,
    mailerId,
  };
}

async function tell({ publisher }: SenderReports, data: CheckedSender): Promise<void> {
  await publisher.publish('senderChecked', data.checkId ?? data.mailId ?? data.senderId, data);
}
