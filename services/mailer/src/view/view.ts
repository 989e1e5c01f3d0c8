import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { LogItem } from '@postausgang/event-log';
import {
  answersAmong,
  type EventPlace,
  evolve,
  instantMs,
  isMailCommand,
  isBulkAnswer,
  isBulkRequest,
  isFinished,
  isMailEvent,
  isResumeRequest,
  judgeRequest,
  type MailCommand,
  type MailEvent,
  mailIdOf,
  type MailRow,
} from '@postausgang/mail';
import {
  emptyTables,
  hasRoom,
  type LazyTransaction,
  lazyTransaction,
  openViewDatabase,
  viewFileName,
} from './database.ts';
import type { BulkRequest, LeftOut, MailTopic, MailView } from './mail-view.ts';
import { type CommandTable, commandTable } from './command-table.ts';
import { type RequesterUsageTable, requesterUsageTable } from './requester-usage.ts';
import { readRequest, refusal, refusedData } from './read-request.ts';
import { mailFinder } from './find-mails.ts';
import { actionFindings } from './mail-filter.ts';
import { createPruning } from './pruning.ts';
import { rowQueries, type RowTable, rowTable } from './rows.ts';
import { type StatisticsQuery, statisticsTable, type StatisticsTable } from './statistics.ts';
import {
  positionTable,
  type RefusalTable,
  refusalTable,
  type UsageTable,
  usageTable,
} from './side-tables.ts';

/** What a batch is folded into. */
interface FoldedTables {
  readonly rows: Pick<RowTable, 'get' | 'put' | 'drop'>;
  readonly refusals: Pick<RefusalTable, 'add' | 'refused'>;
  readonly commands: Pick<CommandTable, 'add' | 'answered' | 'expanded'>;
  readonly requesters: Pick<RequesterUsageTable, 'mailRequested' | 'resendRequested'>;
  readonly statistics: Pick<StatisticsTable, 'add'>;
  /** Only of the view in the meantime. */
  readonly leftOut?: LeftOut | undefined;
}

/** Folds a batch of one topic into the tables. A row that changes several times is written once. */
function foldBatch(topic: MailTopic, items: readonly LogItem[], { rows, ...others }: FoldedTables): void {
  const { leftOut } = others;
  const changed = new Map<string, { before: MailRow | undefined; after: MailRow }>();
  const get = (id: string): MailRow | undefined => changed.get(id)?.after ?? rows.get(id);
  const fold = (id: string, event: MailEvent, place: EventPlace): void => {
    const before = get(id);
    if (leftOut !== undefined && isLeftOut(leftOut, { id, key: place.key ?? null, event, before })) {
      leftOut.add(id, place.key ?? null);
      return;
    }
    answersAmong(before, event, place).forEach((one) => answer(one, others.commands));
    const after = evolve(before, event, place);
    if (leftOut === undefined) others.statistics.add({ before, event, place, after });
    if (after !== undefined && after !== before) {
      changed.set(id, { before: changed.has(id) ? changed.get(id)?.before : before, after });
    }
  };
  for (const item of items) {
    if (topic === 'mailRequests') {
      foldRequest(item, get, fold, others);
    } else {
      foldEvent(item, fold, others);
    }
  }
  for (const { before, after } of changed.values()) {
    if (leftOut?.isScanning() === true && after.state !== 'awaited' && isFinished(after)) {
      leftOut.ended(after.id);
      rows.drop(after.id, before);
    } else {
      rows.put(after, before);
    }
  }
}

interface Told {
  readonly id: string;
  readonly key: string | null;
  readonly event: MailEvent;
  readonly before: MailRow | undefined;
}

/** While the past is read, what is told of a mail without a request is told of one whose request was forgotten or comes late. */
function isLeftOut(leftOut: LeftOut, { id, key, event, before }: Told): boolean {
  const isStrange =
    before === undefined && leftOut.isScanning() && event.type !== 'io.postausgang.mail-requested.v1';
  return isStrange || (before === undefined && leftOut.has(id, key)) || leftOut.has(id, null);
}

type Fold = (id: string, event: MailEvent, place: EventPlace) => void;

function foldRequest(
  item: LogItem,
  get: (id: string) => MailRow | undefined,
  fold: Fold,
  { refusals, commands, requesters, leftOut }: Omit<FoldedTables, 'rows'>,
): void {
  if (item.result.ok && isMailCommand(item.result.event)) {
    const event = withoutClaims(item.result.event, item);
    if (leftOut?.has(event.data.mailId, item.key) !== true) commands.add(event, item);
    if (event.type === 'io.postausgang.mail-resend-requested.v1') {
      const row = get(event.data.mailId);
      requesters.resendRequested(event, row === undefined || row.state === 'awaited' ? undefined : row);
    }
    return;
  }
  if (item.result.ok && isBulkRequest(item.result.event)) {
    const [wrong] = actionFindings(item.result.event.data);
    return wrong === undefined
      ? commands.add(withoutClaims(item.result.event, item), item)
      : refusals.add(refusal(item, 'invalid', `${wrong.pointer}: ${wrong.message.en}`));
  }
  if (item.result.ok && isResumeRequest(item.result.event)) return;
  const request = readRequest(item);
  if ('code' in request) {
    refusals.add(request);
    return;
  }
  if (leftOut?.has(request.data.id, null) === true) return;
  switch (judgeRequest(get(request.data.id), request.data)) {
    case 'new':
      fold(request.data.id, request, placeOf(item));
      requesters.mailRequested(request);
      return;
    case 'repeat':
      return;
    case 'conflict':
      refusals.add(
        refusedData(item, request.data, 'idempotency-conflict', 'The id was used with other content'),
      );
  }
}

/** Whoever writes to the topic can name anybody: a command of another module is that module's, and no person's. */
function withoutClaims<Command extends MailCommand | BulkRequest>(
  command: Command,
  { producer = null }: LogItem,
): Command {
  if (producer === null) {
    return command;
  }
  const { requestedBy: _claimed, ...data } = command.data;
  return { ...command, data: { ...data, actor: producer.slice(0, longestActor) } } as Command;
}

function foldEvent(
  item: LogItem,
  fold: Fold,
  { refusals, commands }: Pick<FoldedTables, 'refusals' | 'commands'>,
): void {
  const { result } = item;
  if (result.ok && isBulkAnswer(result.event)) {
    const { data, time } = result.event;
    commands.expanded(data.command, data.matched, instantMs(time) ?? 0);
    return;
  }
  if (!result.ok || !isMailEvent(result.event) || result.event.type === 'io.postausgang.mail-requested.v1') {
    return;
  }
  const { event } = result;
  if (event.type === 'io.postausgang.mail-refused.v1') {
    const { request, mailId, code, detail, ...about } = event.data;
    refusals.refused(
      { request, key: item.key ?? '', mailId, code, detail, about },
      instantMs(event.time) ?? 0,
    );
  }
  const id = mailIdOf(event);
  if (event.type === 'io.postausgang.mail-command-declined.v1' && event.data.code === 'mail-unknown') {
    answer(event, commands);
  } else if (id !== null) {
    fold(id, event, placeOf(item));
  }
}

/** What an event says about a command. */
function answer(event: MailEvent, commands: Pick<CommandTable, 'answered'>): void {
  const command = 'command' in event.data ? event.data.command : undefined;
  const mailId = mailIdOf(event);
  if (command !== undefined && mailId !== null) {
    const declined = event.type === 'io.postausgang.mail-command-declined.v1' ? event.data : null;
    commands.answered(mailId, command, declined, instantMs(event.time) ?? 0);
  }
}

function placeOf({ position, home, key, producer = null }: LogItem): EventPlace {
  const place = { ...position, ...(home === undefined ? {} : { home }), key };
  return producer === null ? place : { ...place, producer };
}

const longestActor = 200;

interface MailViewOptions {
  readonly directory: string;
  /** Statistics that are no longer kept at this time are not written; without it, they are until they are pruned. */
  readonly nowMs?: (() => number) | undefined;
}

/** Opens the view in a directory of its own, or makes a new one where none can be used. */
export function openMailView({ directory, nowMs }: MailViewOptions): MailView {
  return openView(openViewDatabase(directory), { directory, nowMs }).view;
}

/** `leftOut` where it is the view in the meantime. */
export function openView(
  database: DatabaseSync,
  { directory, nowMs }: MailViewOptions,
  leftOut?: LeftOut,
): { readonly view: MailView; readonly rows: RowTable } {
  const rows = rowTable(database);
  const positions = positionTable(database);
  const refusals = refusalTable(database);
  const commands = commandTable(database);
  const usage = usageTable(database);
  const requesters = requesterUsageTable(database);
  const statistics = statisticsTable(database, nowMs);
  const transaction = lazyTransaction(database, {
    beforeCommit: () => [rows, positions, usage, requesters, statistics].forEach((table) => table.flush()),
    hasRoom: () => hasRoom(join(directory, viewFileName)),
  });
  const parts = { rows, refusals, commands, usage, requesters, statistics, transaction };
  const view: MailView = {
    ...rowQueries(database, rows.flush),
    ...mailFinder({ database, flush: rows.flush, known: rows.counts }),
    positions: positions.all,
    apply(topic, items) {
      transaction.begin();
      foldBatch(topic, items, { ...parts, leftOut });
      if (topic === 'mailEvents') {
        usage.add(items);
        // Behind their last events, rows of the past are what they stay.
        rows.flushMany();
      }
      positions.advance(topic, items);
    },
    get(id) {
      const row = rows.get(id);
      return row === undefined || row.state === 'awaited' ? undefined : row;
    },
    ...sideQueries(parts),
    dueCommands(partitions, limit) {
      if (commands.isAnyDue()) {
        rows.flush();
      }
      return commands.due(partitions, limit);
    },
    prune: createPruning(database, parts),
    reset() {
      transaction.begin();
      emptyTables(database);
      [rows, positions, refusals, commands, usage, requesters, statistics].forEach((table) => table.forget());
    },
    commit: transaction.commit,
    close: () => closeView(database, transaction),
  };
  return { view, rows };
}

function closeView(database: DatabaseSync, transaction: LazyTransaction): void {
  if (database.isOpen) {
    transaction.commit();
    transaction.rollback();
    database.close();
  }
}

function sideQueries({ rows, refusals, commands, usage, requesters, statistics }: Parts) {
  return {
    countsByState: () => rows.counts(),
    usageSince: usage.since,
    requesterUsageSince: requesters.since,
    statistics(query: StatisticsQuery) {
      const { queued, deferred, sending } = rows.counts();
      return statistics.read(query, queued + deferred + sending);
    },
    dueRefusals: refusals.due,
    refusals: refusals.list,
    dueBulks: commands.dueBulks,
    action: commands.action,
    actions: commands.actions,
    answerTo: commands.answerTo,
    commandIds: commands.idsOf,
  };
}

interface Parts {
  readonly rows: RowTable;
  readonly refusals: RefusalTable;
  readonly commands: CommandTable;
  readonly usage: UsageTable;
  readonly requesters: RequesterUsageTable;
  readonly statistics: StatisticsTable;
  readonly transaction: LazyTransaction;
}
