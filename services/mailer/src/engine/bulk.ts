/**
 * Commands about many mails. Whoever owns the partition in which one lies makes one command for each mail that it is about,
 * behind the request of that mail; from there on they are commands like all others. Their ids follow from that of the bulk
 * command, so a process that died half-way is continued by the next one, and no mail is asked twice.
 */
import type { BulkVerb, EventData, MailFilter, MailState, Requester } from '@postausgang/contracts';
import type { Publisher } from '@postausgang/event-log';
import { instantMs, type Mail, mayCommand } from '@postausgang/mail';
import type { Logger } from 'pino';
import type { DueBulk, MailQuery, MailView } from '../view/mail-view.ts';
import type { Agenda } from './agenda.ts';
import type { Clock } from './clock.ts';
import type { Facts } from './plan.ts';

interface BulkDeps {
  readonly view: Pick<MailView, 'list'>;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly agenda: Pick<Agenda, 'ring'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly commandPolicy: Facts['commandPolicy'];
  readonly halted: AbortSignal;
}

export interface Bulk {
  /** Makes the commands, unless it is doing so. */
  start(due: DueBulk): void;
}

const pageSize = 200;
const againMs = 1000;

/** The states in which each verb can have an effect. */
const statesOf: Readonly<Record<BulkVerb, readonly MailState[]>> = {
  resend: ['failed', 'expired', 'partly-sent'],
  release: ['held'],
  cancel: ['queued', 'deferred', 'held'],
};

export interface BulkFilter {
  readonly verb: BulkVerb;
  readonly filter: MailFilter;
  readonly of?: Requester | undefined;
}

/** The mails of a filter, page by page, newest first. */
export function* matching(
  view: Pick<MailView, 'list'>,
  { verb, filter, of }: BulkFilter,
): Generator<readonly Mail[]> {
  const { states = statesOf[verb], failure, businessReference, since, until } = filter;
  const query: PageQuery = {
    states,
    businessReference,
    of,
    sinceMs: since === undefined ? undefined : (instantMs(since) ?? undefined),
    untilMs: until === undefined ? undefined : (instantMs(until) ?? undefined),
  };
  const isMatch = ({ recipients }: Mail): boolean =>
    failure === undefined || recipients.some((one) => one.failure?.code === failure);
  for (const mails of pages(view, query)) yield mails.filter(isMatch);
}

type PageQuery = Omit<MailQuery, 'cursor' | 'limit'>;

/** The mails of a query, page by page, newest first. */
export function* pages(view: Pick<MailView, 'list'>, query: PageQuery): Generator<readonly Mail[]> {
  let cursor: MailQuery['cursor'] = null;
  do {
    const { mails, next } = view.list({ ...query, cursor, limit: pageSize });
    cursor = next;
    yield mails;
  } while (cursor !== null);
}

export function createBulk(deps: BulkDeps): Bulk {
  const { clock, agenda, logger, halted } = deps;
  const underWay = new Set<string>();
  return {
    start(due) {
      const { id } = due.command;
      if (underWay.has(id)) {
        return;
      }
      underWay.add(id);
      expand(deps, due).catch((error: unknown) => {
        logger.warn({ err: error, command: id }, 'a bulk command is not expanded yet; trying again');
        clock.setTimer(againMs, () => {
          underWay.delete(id);
          if (!halted.aborted) {
            agenda.ring();
          }
        });
      });
    },
  };
}

/** Who waits until a bulk command has become a command for each mail. `catchUp` resolves when these are folded. */
export function createExpansions(catchUp: () => Promise<void>) {
  const waiting = new Map<string, () => void>();
  return {
    folded: (commandId: string): void => waiting.get(commandId)?.(),
    /** The result takes it back. */
    when(commandId: string, done: () => void): () => void {
      const forget = (): void => void waiting.delete(commandId);
      const end = async (): Promise<void> => {
        forget();
        // Nothing is folded any more when the queue has stopped.
        await catchUp().catch(() => undefined);
        done();
      };
      waiting.set(commandId, () => void end());
      return forget;
    },
  };
}

async function expand(deps: BulkDeps, { command, key, producer }: DueBulk): Promise<void> {
  const { view, publisher, halted, commandPolicy: policy } = deps;
  const { id, source, data } = command;
  let matched = 0;
  for (const mails of matching(view, data)) {
    if (halted.aborted) {
      return;
    }
    const asked = mails.filter((mail) => mayCommand(mail, { producer, policy }));
    await Promise.all(asked.map((mail) => publishFor(publisher, mail, command.id, data)));
    matched += asked.length;
  }
  const { verb, actor = null, requestedBy = null, reason = null } = data;
  const answer = { command: { id, source, verb, actor, requestedBy, reason }, matched };
  await publisher.publish('mailBulkExpanded', key ?? id, answer, { id: `${id}/expanded` });
}

const names = {
  resend: 'mailResendRequested',
  release: 'mailReleaseRequested',
  cancel: 'mailCancelRequested',
} as const satisfies Record<BulkVerb, string>;

const ofBulk = 'bulk.';

/** Whether a command about one mail came of one about many. */
export const isOfBulk = (commandId: string): boolean => commandId.startsWith(ofBulk);

async function publishFor(
  publisher: Publisher,
  { id: mailId, key }: Mail,
  bulkId: string,
  { verb, actor, reason, requestedBy, notAfter }: EventData<'mailBulkRequested'>,
): Promise<void> {
  const data = {
    mailId,
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(notAfter === undefined || verb === 'cancel' ? {} : { notAfter }),
  };
  await publisher.publish(names[verb], key, data, { id: `${ofBulk}${bulkId}.${mailId}`, subject: mailId });
}
