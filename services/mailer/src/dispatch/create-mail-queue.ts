import { topics } from '@postausgang/contracts';
import type { Position } from '@postausgang/event-log';
import { type Mail, type MailMoment, mailStatus, mailSummary } from '@postausgang/mail';
import { createGovernor } from '../delivery/governor.ts';
import { writeMailCursor } from '../view/mail-cursor.ts';
import { writeRefusalCursor } from '../view/refusal-cursor.ts';
import { withinTime } from '../within-time.ts';
import { createActing } from './acting.ts';
import { createAnswers } from './answers.ts';
import { createBreaker } from './breaker.ts';
import { createChores } from './chores.ts';
import { createClaims } from './claims.ts';
import { createCommands } from './commands.ts';
import { createDispatcher } from './dispatcher.ts';
import { followMail } from './follow-mail.ts';
import { createHand } from './hand.ts';
import { createLookUps } from './look-ups.ts';
import type { MailQueue, MailQueueDeps } from './mail-queue.ts';
import { createOnFolded } from './on-folded.ts';
import { createPayloads } from './payloads.ts';
import { reportQueue } from './queue-report.ts';
import { createRecords } from './records.ts';

const defaultPayloadBytes = 32 * 1024 * 1024;
const group = 'postausgang-mailer';
/** An intent comes back within milliseconds. Where it does not, the lease is over before this time is. */
const intentFoldMs = 30_000;

/** The queue: folds both mail topics into the view and acts on the mails of the partitions it owns. */
export function createMailQueue(deps: MailQueueDeps): MailQueue {
  const { log, view, clock, random, runId, logger, onFailure, danglingGraceMs = 0 } = deps;
  let unreadable = 0;
  let stopped = false;

  const hand = createHand();
  const payloads = createPayloads(log, deps.contentStore, deps.payloadBytes ?? defaultPayloadBytes);
  const breaker = createBreaker(random);
  const claims = createClaims();
  const answers = createAnswers(view);
  const acting = createActing(log.own(topics.mailRequests.name, group));
  const { partitions, epochOf } = acting;
  const governor = createGovernor({
    partitionCount: deps.partitionCount ?? 1,
    usageSince: (minute) => view.usageSince(minute),
    partitions,
    epochOf: (partition) => epochOf({ request: { partition } }),
    times: deps.limitTimes,
  });
  const records = createRecords({ ...deps, hand, hasStopped: () => stopped });
  const context = () => ({ nowMs: clock.nowMs(), jitter: random() });
  const chores = createChores({
    view,
    hand,
    records,
    context,
    runId,
    danglingGraceMs,
    partitions,
    waitingFor: () => dispatcher.waitingFor(),
  });
  const commands = createCommands({
    view,
    hand,
    claims,
    records,
    nowMs: () => clock.nowMs(),
    epochOf,
    partitions,
  });
  const lookUps = createLookUps({
    view,
    hand,
    records,
    clock,
    runId,
    epochOf,
    partitions,
    onFree: () => dispatcher.lookAgain(),
  });
  const dispatcher = createDispatcher({
    ...deps,
    hand,
    claims,
    commands,
    lookUps,
    payloads,
    breaker,
    governor,
    records,
    chores,
    partitions,
    epochOf,
    danglingGraceMs,
    intentFolded: (intent) => (danglingGraceMs === 0 ? Promise.resolve() : foldedInTime(intent)),
  });
  const onUnreadable = (): void => {
    unreadable += 1;
  };
  const onFolded = createOnFolded({
    view,
    clock,
    hand,
    answers,
    payloads,
    dispatcher,
    governor,
    actsOn: (partition) => partitions().includes(partition),
    onUnreadable,
  });
  const foldedInTime = async (intent: Position): Promise<void> => {
    const folded = follower.folded('mailEvents', intent).then(() => true);
    if ((await withinTime(folded, intentFoldMs)) !== true) {
      throw new Error('The intent has not come back from the log');
    }
  };
  const fail = (error: unknown): void => {
    dispatcher.stop();
    logger.error({ err: error }, 'the mail queue stands still');
    onFailure(error);
  };
  const follower = followMail({ log, view, onFolded, onFailure: fail });
  const ready = acting.start(follower, () => dispatcher.partitionsTaken());
  ready.catch((error: unknown) => stopped || fail(error));

  const stopSending = (): void => {
    dispatcher.stopSending();
    claims.close().forEach((mailId) => hand.drop(mailId));
  };
  const momentOf = ({ id }: Mail): MailMoment => ({
    inHand: hand.has(id),
    waitingFor: dispatcher.waitingFor(),
  });
  return {
    ready,
    waitFor: (request) => follower.folded('mailRequests', request),
    find: (id) => view.get(id),
    answerTo: (mailId, commandId) => answers.to(mailId, commandId),
    commandIds: (mailId, prefix) => view.commandIds(mailId, prefix),
    status(id) {
      const mail = view.get(id);
      return mail === undefined ? undefined : mailStatus(mail, momentOf(mail));
    },
    list(query) {
      const { mails, next } = view.list(query);
      const items = mails.map((mail) => mailSummary(mail, momentOf(mail)));
      return { items, nextCursor: next === null ? null : writeMailCursor(next) };
    },
    refusals(query) {
      const { items, next } = view.refusals(query);
      return { items: [...items], nextCursor: next === null ? null : writeRefusalCursor(next) };
    },
    report: () => reportQueue({ view, serving: deps.serving, governor, dispatcher }, clock.nowMs()),
    stats: () => ({
      states: view.countsByState(),
      sending: dispatcher.sending(),
      inHand: hand.size,
      unreadable,
      standstill: dispatcher.standstill(),
    }),
    stopSending,
    async stop(graceMs) {
      stopSending();
      dispatcher.stop();
      const isTold = await withinTime(
        hand.empty().then(() => true),
        graceMs,
      );
      stopped = true;
      if (isTold !== true) {
        logger.warn({ mails: hand.size }, 'no answer in time: what was handed over will be unknown');
      }
      await follower.stop();
      await acting.stop();
      view.commit();
    },
  };
}
