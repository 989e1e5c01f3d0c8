import type { LogItem } from '@postausgang/event-log';
import {
  attemptIdentity,
  instantMs,
  isMailCommand,
  isMailEvent,
  isWaiting,
  type MailEvent,
  mailIdOf,
} from '@postausgang/mail';
import type { Governor } from '../delivery/governor.ts';
import type { MailTopic, MailView } from '../view/mail-view.ts';
import type { Answers } from './answers.ts';
import type { Clock } from './clock.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Hand } from './hand.ts';
import type { Payloads } from './payloads.ts';

export interface OnFoldedDeps {
  readonly view: MailView;
  readonly clock: Clock;
  readonly hand: Hand;
  readonly answers: Pick<Answers, 'folded'>;
  readonly payloads: Payloads;
  readonly dispatcher: Dispatcher;
  readonly governor: Pick<Governor, 'intentFolded' | 'outcomeFolded'>;
  /** Whether this process acts on a partition. */
  readonly actsOn: (partition: number) => boolean;
  /** Counts a record that is not an event of its topic. */
  readonly onUnreadable: () => void;
}

/** What the folding of a batch means for whoever acts. */
export function createOnFolded(deps: OnFoldedDeps): (topic: MailTopic, items: readonly LogItem[]) => void {
  return (topic, items) => {
    if (topic === 'mailRequests') {
      items.forEach((item) => requestFolded(deps, item));
    } else if (items.filter((item) => eventFolded(deps, item)).length > 0) {
      deps.dispatcher.rowsChanged();
    }
    deps.dispatcher.wake();
  };
}

function requestFolded(deps: OnFoldedDeps, { position, sizeBytes, result, isOwn }: LogItem): void {
  const { view, clock, payloads, dispatcher } = deps;
  if (result.ok && isMailCommand(result.event)) {
    return;
  }
  if (!result.ok || result.event.type !== 'io.postausgang.mail-requested.v1') {
    deps.onUnreadable();
    return;
  }
  if (!deps.actsOn(position.partition)) {
    return;
  }
  const mail = view.get(result.event.data.id);
  if (
    mail?.request.offset !== position.offset ||
    mail.request.partition !== position.partition ||
    !isWaiting(mail)
  ) {
    return;
  }
  if (mail.dueAtMs <= clock.nowMs() && dispatcher.isMoving()) {
    payloads.remember(result.event.data, sizeBytes, isOwn);
  }
  dispatcher.mailAdded(mail);
}

/** Says whether the event may have made a mail due. */
function eventFolded(
  { hand, answers, payloads, dispatcher, governor, onUnreadable }: OnFoldedDeps,
  { key, position, result }: LogItem,
): boolean {
  if (!result.ok || !isMailEvent(result.event)) {
    onUnreadable();
    return false;
  }
  const mailId = mailIdOf(result.event);
  hand.eventFolded(result.event.id);
  answers.folded(result.event);
  tellGovernor(governor, result.event, position.partition);
  if (result.event.type !== 'io.postausgang.mail-attempt-started.v1') {
    payloads.forget(mailId ?? '');
  } else if (!hand.has(mailId ?? '')) {
    dispatcher.foreignIntent();
  }
  switch (result.event.type) {
    case 'io.postausgang.mail-deferred.v1':
    case 'io.postausgang.mail-outcome-unknown.v1':
    case 'io.postausgang.mail-released.v1':
    case 'io.postausgang.mail-requeued.v1':
    case 'io.postausgang.mail-resolved.v1':
      return true;
    default:
      // Records are keyed by the ordering key where there is one: the next mail of that key may go now.
      return key !== mailId;
  }
}

/** What limits are measured by. */
function tellGovernor(governor: OnFoldedDeps['governor'], event: MailEvent, partition: number): void {
  const atMs = instantMs(event.time) ?? 0;
  switch (event.type) {
    case 'io.postausgang.mail-attempt-started.v1': {
      const { mailId, chargedTo = partition, recipients } = event.data;
      const attempt = attemptIdentity(event) ?? mailId;
      governor.intentFolded({ mailId, attempt, chargedTo, recipients: recipients.length, atMs });
      return;
    }
    case 'io.postausgang.mail-sent.v1':
    case 'io.postausgang.mail-deferred.v1':
    case 'io.postausgang.mail-failed.v1':
    case 'io.postausgang.mail-outcome-unknown.v1':
      governor.outcomeFolded(event.data.mailId, attemptIdentity(event), atMs);
      return;
    default:
  }
}
