import type { DatabaseSync } from 'node:sqlite';
import type { EventOf } from '@postausgang/contracts';
import { instantMs, type Mail, requestedRecipients, requesterKey, requesterOf } from '@postausgang/mail';
import { requestSizeBytes } from '@postausgang/message';
import type { QuotaUsage, RequesterMinute, RequesterUsage } from '../limits/quotas.ts';
import { minuteOf } from '../limits/usage.ts';
import { pruneSome } from './pruning.ts';

/** What API keys have asked for, by minutes: what their quotas are measured by. */
export interface RequesterUsageTable {
  mailRequested(event: EventOf<'mailRequested'>): void;
  /** `mail` as it was when the resend was asked for; undefined where there is none. */
  resendRequested(event: EventOf<'mailResendRequested'>, mail: Mail | undefined): void;
  since: RequesterUsage;
  /** Removes some of what is older; how many. */
  pruneBefore(minute: number): number;
  /** Writes what has changed since the last call; before a commit. */
  flush(): void;
  /** Takes back what is only in memory. */
  forget(): void;
}

const upsert = `
  INSERT INTO requester_usage VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (requested_by, minute) DO UPDATE SET
    mails = mails + excluded.mails, recipients = recipients + excluded.recipients, bytes = bytes + excluded.bytes`;

/** Only keys have quotas. */
const keyPrefix = requesterKey({ kind: 'api-key', id: '' });

export function requesterUsageTable(database: DatabaseSync): RequesterUsageTable {
  const write = database.prepare(upsert);
  const read = database.prepare(
    'SELECT * FROM requester_usage WHERE requested_by = ? AND minute >= ? ORDER BY minute',
  );
  const remove = database.prepare(pruneSome('requester_usage', 'requested_by, minute', 'minute < ?'));
  const unwritten = new Map<string, RequesterMinute & { readonly requester: string }>();
  const add = (requester: string, time: string, usage: QuotaUsage): void => {
    const minute = minuteOf(instantMs(time) ?? 0);
    const name = `${minute} ${requester}`;
    const { mails = 0, recipients = 0, bytes = 0 } = unwritten.get(name) ?? {};
    unwritten.set(name, {
      requester,
      minute,
      mails: mails + usage.mails,
      recipients: recipients + usage.recipients,
      bytes: bytes + usage.bytes,
    });
  };
  const flush = (): void => {
    for (const { requester, minute, mails, recipients, bytes } of unwritten.values()) {
      write.run(requester, minute, mails, recipients, bytes);
    }
    unwritten.clear();
  };
  return {
    mailRequested(event) {
      const requester = requesterOf(event);
      if (requester?.kind === 'api-key') {
        const recipients = requestedRecipients(event.data).length;
        const usage = { mails: 1, recipients, bytes: requestSizeBytes(event.data) };
        add(requesterKey(requester), event.time, usage);
      }
    },
    resendRequested({ time, data }, mail) {
      if (data.requestedBy !== undefined) {
        const recipients = (data.recipients ?? mail?.recipients ?? []).length;
        add(keyPrefix + data.requestedBy, time, { mails: 1, recipients, bytes: 0 });
      }
    },
    since(requester, minute) {
      flush();
      return read.all(requester, minute).map((row) => ({
        minute: Number(row['minute']),
        mails: Number(row['mails']),
        recipients: Number(row['recipients']),
        bytes: Number(row['bytes']),
      }));
    },
    pruneBefore: (minute) => Number(remove.run(minute).changes),
    flush,
    forget: () => unwritten.clear(),
  };
}
