import type { CloudEvent, EventRecord } from './cloud-event.ts';

/**
 * The record of an event in binary content mode (CloudEvents Kafka protocol binding v1.0.2 §3.2): attributes as
 * `ce_` headers, the data alone as the value.
 *
 * @param value the JSON of the data in UTF-8, where the caller has it already
 */
export function writeRecord(
  key: string,
  event: CloudEvent,
  value: Uint8Array = Buffer.from(JSON.stringify(event.data)),
): EventRecord {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_type: event.type,
    ce_source: event.source,
    ce_time: event.time,
    'content-type': 'application/json',
  };
  if (event.subject !== undefined) {
    headers['ce_subject'] = event.subject;
  }
  if (event.traceparent !== undefined) {
    headers['traceparent'] = event.traceparent;
  }
  return { key, headers, value };
}
