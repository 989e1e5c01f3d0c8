import { type MailRequested, readRecord, type UntrustedRecord } from '@postausgang/contracts';
import { liftBase64 } from '@postausgang/message';

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
