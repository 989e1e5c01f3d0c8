/**
 * Commands about many mails. Whoever owns the partition in which one lies makes one command for each mail that it is about,
 * behind the request of that mail; from there on they are commands like all others. Their ids follow from that of the bulk
 * command, so a process that died half-way is continued by the next one, and no mail is asked twice.
 */
import { setImmediate } from 'node:timers/promises';
import type { BulkVerb, EventData, MailFilter, MailState, Requester } from '@postausgang/contracts';
import type { Publisher } from '@postausgang/event-log';
import { bulkPartId, instantMs, type Mail, mayCommand } from '@postausgang/mail';
import type { Logger } from 'pino';
import { filterStates, selectionOf } from '../view/mail-filter.ts';
import type { DueBulk, MailAction, MailQuery, MailView } from '../view/mail-view.ts';
import type { Agenda } from './agenda.ts';
import type { Clock } from './clock.ts';
import type { Facts } from './plan.ts';

interface BulkDeps {
  readonly view: Pick<MailView, 'list' | 'action'>;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly agenda: Pick<Agenda, 'ring'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly commandPolicy: Facts['commandPolicy'];
  /** Resolves when everything that lies in both topics is folded. */
  readonly catchUp: () => Promise<void>;
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
  hold: ['queued', 'deferred'],
  resolve: ['unknown'],
};

export interface BulkFilter {
  readonly verb: BulkVerb;
  /** Without findings. */
  readonly filter: MailFilter;
  readonly of?: Requester | undefined;
}

const statesIn = ({ verb, filter }: BulkFilter): readonly MailState[] =>
  filterStates(filter) ?? statesOf[verb];

/** What can be asked about bulk commands. */
export interface BulkQuestions {
  /** The mails that a bulk command would be about at this moment, page by page. */
  matching(filter: BulkFilter): Iterable<readonly Mail[]>;
  /** How many these are. */
  countMatching(filter: BulkFilter): Promise<number>;
  /** How far a bulk command is. */
  action(id: string): MailAction | undefined;
  /** How far all of them are, page by page. */
  actions: MailView['actions'];
}

export const bulkQuestions = (
  view: Pick<MailView, 'list' | 'count' | 'action' | 'actions'>,
): BulkQuestions => ({
  matching: (filter) => matching(view, filter),
  countMatching: (filter) => countMatching(view, filter),
  action: (id) => view.action(id),
  actions: (query) => view.actions(query),
});

/** The mails of a filter, page by page, newest first: those that a search with the filter and these states finds. */
function* matching(view: Pick<MailView, 'list'>, asked: BulkFilter): Generator<readonly Mail[]> {
  const states = statesIn(asked);
  if (states.length > 0) yield* pages(view, { ...selectionOf(asked.filter), of: asked.of, states });
}

/** How many mails a filter matches. Where an index does not have the number, mail is sent between two pages. */
async function countMatching(view: Pick<MailView, 'list' | 'count'>, asked: BulkFilter): Promise<number> {
  const { states, complete } = view.count({ ...selectionOf(asked.filter), of: asked.of });
  if (complete) return statesIn(asked).reduce((sum, state) => sum + states[state], 0);
  let matched = 0;
  for (const mails of matching(view, asked)) {
    matched += mails.length;
    await setImmediate();
  }
  return matched;
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
        if (halted.aborted) return;
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

/** Whether the mail was accepted before the command. Where no order of records tells, the clocks of their writers do. */
function isEarlier({ request, acceptedAtMs }: Mail, { position, command }: DueBulk): boolean {
  return request.partition === position.partition
    ? request.offset < position.offset
    : acceptedAtMs <= (instantMs(command.time) ?? 0);
}

async function expand(deps: BulkDeps, due: DueBulk): Promise<void> {
  const { view, publisher, halted, commandPolicy: policy, catchUp } = deps;
  const { command, key, producer } = due;
  const { id, source, data } = command;
  // What lies in the other partitions and is earlier may not be folded yet.
  await catchUp();
  let asked = 0;
  for (const mails of matching(view, data)) {
    if (halted.aborted) {
      return;
    }
    const meant = mails.filter((mail) => isEarlier(mail, due) && mayCommand(mail, { producer, policy }));
    await Promise.all(meant.map((mail) => publishFor(publisher, mail, command.id, data)));
    asked += meant.length;
    await setImmediate();
  }
  // Whoever has begun may have asked others, which the filter does not match any more.
  await catchUp();
  const matched = Math.max(asked, view.action(id)?.asked ?? 0);
  const { verb, actor = null, requestedBy = null, reason = null } = data;
  const answer = { command: { id, source, verb, actor, requestedBy, reason }, matched };
  await publisher.publish('mailBulkExpanded', key ?? id, answer, { id: `${id}/expanded` });
}

async function publishFor(
  publisher: Publisher,
  { id: mailId, key }: Mail,
  bulkId: string,
  { verb, actor, reason, requestedBy, notAfter, outcome, confirmRedirected }: EventData<'mailBulkRequested'>,
): Promise<void> {
  const why = {
    mailId,
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
    ...(requestedBy === undefined ? {} : { requestedBy }),
  };
  const later = notAfter === undefined ? {} : { notAfter };
  const attributes = { id: bulkPartId(bulkId, mailId), subject: mailId };
  switch (verb) {
    case 'resend': {
      const confirmed = confirmRedirected === undefined ? {} : { confirmRedirected };
      await publisher.publish('mailResendRequested', key, { ...why, ...later, ...confirmed }, attributes);
      return;
    }
    case 'release':
      await publisher.publish('mailReleaseRequested', key, { ...why, ...later }, attributes);
      return;
    case 'cancel':
      await publisher.publish('mailCancelRequested', key, why, attributes);
      return;
    case 'hold':
      await publisher.publish('mailHoldRequested', key, why, attributes);
      return;
    case 'resolve':
      // A command without an outcome is set aside when it is folded.
      if (outcome !== undefined)
        await publisher.publish('mailResolveRequested', key, { ...why, outcome }, attributes);
      return;
    default:
      verb satisfies never;
  }
}
