/**
 * Holds every mail that had not ended in a backup: the original may have sent it after the backup was taken. It is done
 * while nothing is sent, page by page until no such mail is left, so a process that died half-way begins again. A mail
 * that was being sent is left to the rescuer first: by what its module wants done about an unknown outcome, it may wait
 * to be sent again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Position, Publisher } from '@postausgang/event-log';
import { type Mail, decisionFields } from '@postausgang/mail';
import type { MailView } from '../view/mail-view.ts';
import { pages } from './bulk.ts';
import { eventIds } from './event-ids.ts';
import type { MailFollower } from './follow.ts';

interface HoldRestoredDeps {
  readonly view: Pick<MailView, 'list'>;
  readonly publisher: Publisher;
  readonly runId: string;
  readonly follower: Pick<MailFollower, 'folded'>;
  /** Nothing is rescued any more. */
  readonly halted: AbortSignal;
}

const rescueLookMs = 50;

/** A mail that was held because sending was off would be released by switching it on. */
function mayStillBeSent(mail: Mail): boolean {
  return mail.state !== 'held' || mail.heldFor === 'mail-disabled';
}

/**
 * Resolves when all of them are held.
 *
 * @param beforeMs mails accepted later are not from the backup
 */
export async function holdRestored(deps: HoldRestoredDeps, beforeMs: number): Promise<void> {
  // An event that was decided on an older version of its mail changes nothing, so the last pass finds none.
  for (;;) {
    const { held, unfinished } = await holdOnce(deps, beforeMs);
    if (held === 0 && unfinished === 0) return;
    if (held === 0) await pause(rescueLookMs, undefined, { signal: deps.halted });
  }
}

/** Resolves with the numbers of mails that it was about, and that have an attempt without an end. */
async function holdOnce(
  deps: HoldRestoredDeps,
  beforeMs: number,
): Promise<{ readonly held: number; readonly unfinished: number }> {
  const states = ['queued', 'sending', 'deferred', 'held'] as const;
  let held = 0;
  let unfinished = 0;
  for (const mails of pages(deps.view, { states, untilMs: beforeMs })) {
    const waiting = mails.filter(({ state }) => state !== 'sending');
    const wanted = waiting.filter(mayStillBeSent);
    const positions = await Promise.all(wanted.map((mail) => hold(deps, mail)));
    const folded = await Promise.all(
      positions.map((position) => deps.follower.folded('mailEvents', position)),
    );
    if (folded.includes(false)) throw new Error('The mailer stops');
    held += wanted.length;
    unfinished += mails.length - waiting.length;
  }
  return { held, unfinished };
}

async function hold({ publisher, runId }: HoldRestoredDeps, mail: Mail): Promise<Position> {
  const data = { ...decisionFields(mail), reason: 'restored' as const };
  const attributes = { id: eventIds.restored(runId, mail), subject: mail.id };
  const { position } = await publisher.publish('mailHeld', mail.key, data, attributes);
  return position;
}
