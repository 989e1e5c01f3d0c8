import { type MailRequested, readRecord, topics } from '@postausgang/contracts';
import type { EventLog } from '@postausgang/event-log';
import type { Mail } from '../queue/mail-row.ts';

/** The requests themselves, with their attachments. They are in the log; the ones about to be sent are in memory too. */
export interface Payloads {
  /** Keeps a request that was just read, as long as there is room. */
  remember(request: MailRequested, sizeBytes: number): void;
  /** The request of a mail, from memory or from the log; undefined when the log does not hold it any more. */
  load(mail: Mail): Promise<MailRequested | undefined>;
  forget(id: string): void;
  /** For a standstill: memory is for mail that moves. */
  clear(): void;
}

export function createPayloads(log: EventLog, maxBytes: number): Payloads {
  const kept = new Map<string, { readonly request: MailRequested; readonly sizeBytes: number }>();
  let keptBytes = 0;
  return {
    remember(request, sizeBytes) {
      if (keptBytes + sizeBytes <= maxBytes && !kept.has(request.id)) {
        kept.set(request.id, { request, sizeBytes });
        keptBytes += sizeBytes;
      }
    },
    load: async (mail) => kept.get(mail.id)?.request ?? (await readRequest(log, mail)),
    forget(id) {
      keptBytes -= kept.get(id)?.sizeBytes ?? 0;
      kept.delete(id);
    },
    clear() {
      kept.clear();
      keptBytes = 0;
    },
  };
}

async function readRequest(log: EventLog, { id, request }: Mail): Promise<MailRequested | undefined> {
  const record = await log.read(topics.mailRequests.name, request);
  const result = record === undefined ? undefined : readRecord(record);
  return result?.ok === true &&
    result.event.type === 'io.postausgang.mail-requested.v1' &&
    result.event.data.id === id
    ? result.event.data
    : undefined;
}
