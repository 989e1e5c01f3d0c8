import type { EventOf } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import {
  type EventPlace,
  evolve,
  instantMs,
  isMailCommand,
  isMailEvent,
  judgeRequest,
  type MailEvent,
  mailIdOf,
  type MailRow,
} from '@postausgang/mail';
import type { CommandTable } from './command-table.ts';
import type { DueRefusal, MailTopic } from './mail-view.ts';
import { payloadDigestOf } from './payload-digest.ts';
import type { RefusalTable } from './refusal-table.ts';
import type { RowTable } from './row-table.ts';

/** What a batch is folded into. */
export interface FoldedTables {
  readonly rows: Pick<RowTable, 'get' | 'put'>;
  readonly refusals: Pick<RefusalTable, 'add' | 'refused'>;
  readonly commands: Pick<CommandTable, 'add' | 'answered'>;
}

/** Folds a batch of one topic into the tables. A row that changes several times is written once. */
export function foldBatch(
  topic: MailTopic,
  items: readonly LogItem[],
  { rows, refusals, commands }: FoldedTables,
): void {
  const changed = new Map<string, { before: MailRow | undefined; after: MailRow }>();
  const get = (id: string): MailRow | undefined => changed.get(id)?.after ?? rows.get(id);
  const fold = (id: string, event: MailEvent, place: EventPlace): void => {
    const before = get(id);
    const after = evolve(before, event, place);
    if (after !== undefined && after !== before) {
      changed.set(id, { before: changed.has(id) ? changed.get(id)?.before : before, after });
    }
  };
  for (const item of items) {
    if (topic === 'mailRequests') {
      foldRequest(item, get, fold, { refusals, commands });
    } else {
      foldEvent(item, fold, { refusals, commands });
    }
  }
  for (const { before, after } of changed.values()) {
    rows.put(after, before);
  }
}

type Fold = (id: string, event: MailEvent, place: EventPlace) => void;

function foldRequest(
  item: LogItem,
  get: (id: string) => MailRow | undefined,
  fold: Fold,
  { refusals, commands }: Pick<FoldedTables, 'refusals' | 'commands'>,
): void {
  if (item.result.ok && isMailCommand(item.result.event)) {
    commands.add(item.result.event, item);
    return;
  }
  const request = readRequest(item);
  if ('code' in request) {
    refusals.add(request);
    return;
  }
  switch (judgeRequest(get(request.data.id), request.data)) {
    case 'new':
      fold(request.data.id, request, placeOf(item));
      return;
    case 'repeat':
      return;
    case 'conflict':
      refusals.add(
        refusal(item, 'idempotency-conflict', 'The id was used with other content', request.data.id),
      );
  }
}

function readRequest(item: LogItem): EventOf<'mailRequested'> | DueRefusal {
  const { result } = item;
  if (!result.ok) {
    return refusal(item, 'unreadable', `${result.reason}: ${result.detail}`.slice(0, 500));
  }
  const { event } = result;
  if (event.type !== 'io.postausgang.mail-requested.v1') {
    return refusal(item, 'unreadable', `Not a mail request: ${event.type}`);
  }
  if (instantMs(event.time) === null) {
    return refusal(item, 'invalid', 'time: not an instant of RFC 3339', event.data.id);
  }
  const { id, orderingKey } = event.data;
  const key = orderingKey ?? id;
  if (item.key !== key) {
    return refusal(item, 'invalid', `The key of the record must be ${key}`.slice(0, 500), id);
  }
  return event.data.payloadDigest === undefined
    ? { ...event, data: { ...event.data, payloadDigest: payloadDigestOf(event.data) } }
    : event;
}

function foldEvent(
  item: LogItem,
  fold: Fold,
  { refusals, commands }: Pick<FoldedTables, 'refusals' | 'commands'>,
): void {
  const { result } = item;
  if (!result.ok || !isMailEvent(result.event) || result.event.type === 'io.postausgang.mail-requested.v1') {
    return;
  }
  const { event } = result;
  if (event.type === 'io.postausgang.mail-refused.v1') {
    const { request, mailId, code, detail } = event.data;
    refusals.refused({ request, key: item.key ?? '', mailId, code, detail }, instantMs(event.time) ?? 0);
  }
  answer(event, commands);
  const id = mailIdOf(event);
  const isAboutNoMail =
    event.type === 'io.postausgang.mail-command-declined.v1' && event.data.code === 'mail-unknown';
  if (id !== null && !isAboutNoMail) {
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

function placeOf({ position, key }: LogItem): EventPlace {
  return { ...position, key };
}

function refusal(
  { position, key }: LogItem,
  code: DueRefusal['code'],
  detail: string,
  mailId: string | null = null,
): DueRefusal {
  const request = { partition: position.partition, offset: position.offset };
  return { request, key: key ?? mailId ?? `${position.partition}-${position.offset}`, mailId, code, detail };
}
