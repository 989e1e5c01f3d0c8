import type { ContentStore } from '@postausgang/content-store';
import { type MailRequested, readRecord, topics, type UntrustedRecord } from '@postausgang/contracts';
import type { EventLog } from '@postausgang/event-log';
import type { Mail } from '@postausgang/mail';
import { type InlineMailRequested, isInline, liftBase64, loadContent } from '@postausgang/message';

/** The mail request in a record, its large attachments kept as bytes; undefined when the record holds none. */
export function readMailRequested(record: UntrustedRecord): MailRequested | undefined {
  const lifted = record.value === null ? undefined : liftBase64(record.value);
  if (lifted === undefined) {
    return readWhole(record);
  }
  const request = readWhole({ ...record, value: lifted.json });
  return request !== undefined && lifted.fits(request) ? lifted.complete(request) : readWhole(record);
}

function readWhole(record: UntrustedRecord): MailRequested | undefined {
  const result = readRecord(record);
  return result.ok && result.event.type === 'io.postausgang.mail-requested.v1'
    ? result.event.data
    : undefined;
}

interface LoadedRequest {
  readonly request: InlineMailRequested;
  /** Whether this process has accepted it, and so has looked at more than its form. */
  readonly isChecked: boolean;
}

/**
 * The requests themselves, with their attachments. They are in the log, with large attachments in the content store;
 * the ones about to be sent are in memory too, as they stand in the log.
 */
export interface RequestCache {
  /** Keeps a request that was just read, as long as there is room. */
  remember(request: MailRequested, sizeBytes: number, isChecked: boolean): void;
  /**
   * The request of a mail with all its content, from memory or from the log; undefined when the log does not hold it
   * any more. Rejects with what the content store says of content that it does not give.
   */
  load(mail: Mail): Promise<LoadedRequest | undefined>;
  forget(id: string): void;
  /** For a standstill: memory is for mail that moves. */
  clear(): void;
}

interface KeptRequest {
  readonly request: MailRequested;
  readonly sizeBytes: number;
  readonly isChecked: boolean;
}

export function createRequestCache(
  log: EventLog,
  contentStore: Pick<ContentStore, 'get'>,
  maxBytes: number,
): RequestCache {
  const kept = new Map<string, KeptRequest>();
  let keptBytes = 0;
  return {
    remember(request, sizeBytes, isChecked) {
      if (keptBytes + sizeBytes <= maxBytes && !kept.has(request.id)) {
        kept.set(request.id, { request, sizeBytes, isChecked });
        keptBytes += sizeBytes;
      }
    },
    async load(mail) {
      const known = kept.get(mail.id);
      const request = known?.request ?? (await readRequest(log, mail));
      if (request === undefined) {
        return undefined;
      }
      const whole = isInline(request) ? request : await loadContent(contentStore, request);
      return { request: whole, isChecked: known?.isChecked === true };
    },
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
  const found = record === undefined ? undefined : readMailRequested(record);
  return found?.id === id ? found : undefined;
}
