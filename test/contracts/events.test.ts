import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { events, readRecord, topics, writeRecord } from '@postausgang/contracts';
import fc from 'fast-check';

const samplesDirectory = new URL('./samples/', import.meta.url);
const encoder = new TextEncoder();

function samples() {
  return readdirSync(samplesDirectory).map((file) => ({
    file,
    text: readFileSync(new URL(file, samplesDirectory), 'utf8'),
  }));
}

const structured = (text: string) => ({
  key: 'k',
  headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
  value: encoder.encode(text),
});

test('reads every frozen sample, in structured and in binary mode', async (t) => {
  for (const { file, text } of samples()) {
    const read = readRecord(structured(text));
    t.match(read, { ok: true }, file);
    if (read.ok) {
      t.same(read.event.data, JSON.parse(text).data, `${file} keeps its data`);
      t.same(readRecord(writeRecord('k', read.event)), read, `${file} survives binary mode`);
    }
  }
});

test('has a frozen sample of every event', async (t) => {
  const sampled = new Set(samples().map(({ text }) => JSON.parse(text).type));
  for (const definition of Object.values(events)) {
    t.ok(sampled.has(definition.type), definition.type);
    t.ok(topics[definition.topic], `${definition.type} has a topic`);
    t.match(definition.type, /^io\.postausgang\.[a-z-]+\.v\d+$/);
  }
});

test('keeps the optional attributes of an event', async (t) => {
  const event = {
    id: 'e1',
    type: events.mailerStarted.type,
    source: '/mailer',
    time: '2026-11-23T08:16:00Z',
    subject: 'm1',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    data: { mailerId: 'm1' },
  };
  t.same(readRecord(writeRecord('m1', event)), { ok: true, event });
});

test('says why a record is not an event of ours', async (t) => {
  const binary = (headers: Record<string, string>, value: string | null) => ({
    key: null,
    headers,
    value: value === null ? null : encoder.encode(value),
  });
  const headers = {
    ce_specversion: '1.0',
    ce_id: '1',
    ce_type: events.mailerStarted.type,
    ce_source: '/x',
    ce_time: '2026-11-23T08:16:00Z',
  };
  const cases = [
    [binary(headers, null), 'tombstone'],
    [binary({}, '{}'), 'not-a-cloud-event'],
    [binary({ ...headers, ce_specversion: '0.3' }, '{}'), 'not-a-cloud-event'],
    [binary({ ...headers, ce_id: 'not UTF-8: \uFFFD' }, '{}'), 'not-a-cloud-event'],
    [binary({ ...headers, ce_type: 'io.postausgang.mailer-started.v2' }, '{}'), 'unknown-type'],
    [binary({ ...headers, ce_type: 'toString' }, '{}'), 'unknown-type'],
    [binary(headers, '{'), 'not-json'],
    [binary(headers, '{}'), 'data-invalid'],
    [structured('[]'), 'not-a-cloud-event'],
    [structured('{"specversion":"1.0"}'), 'not-a-cloud-event'],
    [structured('nonsense'), 'not-json'],
    [{ ...structured(''), value: null }, 'tombstone'],
    [{ key: null, headers, value: new Uint8Array([0xff, 0xfe]) }, 'not-json'],
  ] as const;
  for (const [record, reason] of cases) {
    t.match(readRecord(record), { ok: false, reason }, reason);
  }
});

test('never throws, whatever a record holds', async (t) => {
  const record = fc.record({
    key: fc.option(fc.string()),
    headers: fc.dictionary(
      fc.oneof(
        fc.string(),
        fc.constantFrom('ce_id', 'ce_type', 'ce_specversion', 'ce_source', 'ce_time', 'content-type'),
      ),
      fc.oneof(fc.string(), fc.constantFrom('1.0', 'application/cloudevents+json', events.mailSent.type)),
    ),
    value: fc.option(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => encoder.encode(text)),
      ),
    ),
  });
  fc.assert(fc.property(record, (r) => typeof readRecord(r).ok === 'boolean'));
  t.pass();
});
