import type { AnsweredCommand, CloudEvent, HistoryEntry, RecipientResult } from '@postausgang/contracts';
import type { Mail } from './mail-row.ts';
import { withMark } from './marks.ts';

const maxEntries = 50;
const maxRecipients = 100;

/** A recipient before and after something that is no attempt. */
export interface RecipientChange {
  readonly before: RecipientResult;
  readonly after: RecipientResult;
}

interface Happened {
  readonly entry: HistoryEntry['entry'];
  readonly command: AnsweredCommand | undefined;
  readonly detail?: string;
  readonly changes?: readonly RecipientChange[];
}

/** The trace and the marks of a mail after an event that is no attempt. */
export function recorded(
  mail: Mail,
  { id, time }: Pick<CloudEvent, 'id' | 'time'>,
  { entry, command, detail, changes = [] }: Happened,
): Pick<Mail, 'history' | 'marks'> {
  const happened: HistoryEntry = {
    at: time,
    entry,
    verb: command?.verb ?? null,
    actor: command?.actor ?? null,
    requestedBy: command?.requestedBy ?? null,
    reason: command?.reason ?? null,
    detail: detail ?? null,
    recipients: changes.slice(0, maxRecipients).map(recipientOf),
  };
  return { history: [...mail.history, happened].slice(-maxEntries), marks: withMark(mail, id) };
}

function recipientOf({ before, after }: RecipientChange): HistoryEntry['recipients'][number] {
  return {
    address: before.address,
    before: before.outcome,
    after: after.outcome,
    ...(after.address === before.address ? {} : { correctedAddress: after.address }),
    ...(before.reply === undefined ? {} : { reply: before.reply }),
  };
}
