import { type EventOf, findingsLine, type MailRequested } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import { instantMs } from '@postausgang/mail';
import { messageSummary, payloadDigest, rawPayloadDigest } from '@postausgang/message';
import { readableParts } from '../request/readable-parts.ts';
import type { DueRefusal } from './mail-view.ts';

/** The digest of a request that came without one (from Kafka): what HTTP would have given it. */
export function payloadDigestOf(request: MailRequested): string {
  const { id: _id, messageId: _messageId, payloadDigest: _digest, requestedBy: _who, ...asked } = request;
  if ('raw' in asked) {
    const { raw, summary: _summary, ...rest } = asked;
    return rawPayloadDigest({ ...rest, message: Buffer.from(raw, 'base64') });
  }
  if ('rawSha256' in asked) {
    const { rawSha256, rawSizeBytes: _size, summary: _summary, ...rest } = asked;
    return rawPayloadDigest({ ...rest, message: rawSha256 });
  }
  return payloadDigest(asked);
}

/** Whoever writes to the topic cannot give mail to a key: it belongs to the source. */
function withoutRequester(
  event: EventOf<'mailRequested'>,
  { producer = null }: LogItem,
): EventOf<'mailRequested'> {
  if (producer === null || event.data.requestedBy === undefined) {
    return event;
  }
  const { requestedBy: _claimed, ...data } = event.data;
  return { ...event, data };
}

/** The request in a record, or why it cannot be taken. */
export function readRequest(item: LogItem): EventOf<'mailRequested'> | DueRefusal {
  const { result } = item;
  if (!result.ok) {
    const none: ReturnType<typeof readableParts> = { mailId: null };
    const { mailId, ...about } = result.event === undefined ? none : readableParts(result.event);
    const what = about.findings === undefined ? result.detail : findingsLine(about.findings);
    return { ...refusal(item, 'unreadable', `${result.reason}: ${what}`.slice(0, 500), mailId), about };
  }
  if (result.event.type !== 'io.postausgang.mail-requested.v1') {
    return refusal(item, 'unreadable', `Not a mail request: ${result.event.type}`);
  }
  const event = withoutRequester(result.event, item);
  if (instantMs(event.time) === null) {
    return refusedData(item, event.data, 'invalid', 'time: not an instant of RFC 3339');
  }
  const { id, orderingKey } = event.data;
  const key = orderingKey ?? id;
  if (item.key !== key) {
    return refusedData(item, event.data, 'invalid', `The key of the record must be ${key}`.slice(0, 500));
  }
  return asKnown(event, item);
}

/** With what a mailer adds when it accepts. Of another module nothing is taken over that says who it was. */
function asKnown(event: EventOf<'mailRequested'>, { producer = null }: LogItem): EventOf<'mailRequested'> {
  const { requestedBy: _claimed, ...unclaimed } = event.data;
  const claimed = producer === null ? event.data : unclaimed;
  const data =
    'raw' in claimed ? { ...claimed, summary: claimed.summary ?? messageSummary(claimed) } : claimed;
  const isWhole = data === event.data && data.payloadDigest !== undefined;
  return isWhole
    ? event
    : { ...event, data: { ...data, payloadDigest: data.payloadDigest ?? payloadDigestOf(data) } };
}

/** A refusal that waits for its event. */
export function refusal(
  { position, home, key }: LogItem,
  code: DueRefusal['code'],
  detail: string,
  mailId: string | null = null,
): DueRefusal {
  const request = { partition: position.partition, offset: position.offset };
  return {
    request,
    home,
    key: key ?? mailId ?? `${position.partition}-${position.offset}`,
    mailId,
    code,
    detail,
  };
}

/** The refusal of a request whose data can be read. */
export function refusedData(
  item: LogItem,
  { id, businessReference, metadata }: MailRequested,
  code: DueRefusal['code'],
  detail: string,
): DueRefusal {
  const about = {
    ...(businessReference === undefined ? {} : { businessReference }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  return { ...refusal(item, code, detail, id), about };
}
