import { events, readRecord, readTraceparent, writeRecord, writeTraceparent } from '@postausgang/contracts';
import { test } from 'tap';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${spanId}-01`;
const data = { mailerId: 'm', runId: 'r', version: '0.1.0', publicKeys: [] };
const encoder = new TextEncoder();

test('reads the trace contexts that the W3C allows, and no others', (t) => {
  t.same(readTraceparent(traceparent), { traceId, spanId, flags: 1 });
  t.equal(writeTraceparent({ traceId, spanId, flags: 1 }), traceparent);
  t.ok(readTraceparent(`cc-${traceId}-${spanId}-00-what-comes-later`));
  for (const wrong of [
    undefined,
    '',
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `${traceparent}-more`,
    traceparent.toUpperCase(),
    `00-${traceId}-${spanId}`,
  ]) {
    t.equal(readTraceparent(wrong), undefined, String(wrong));
  }
  t.end();
});

const headers = {
  ce_specversion: '1.0',
  ce_id: '1',
  ce_type: events.mailHoldRequested.type,
  ce_source: '/erp',
};
const value = encoder.encode(JSON.stringify({ mailId: 'm1' }));
const timestampMs = Date.parse('2026-11-23T08:16:00Z');

test('a record without a time has the time of the record', (t) => {
  const time = '2026-11-23T08:16:00.000Z';
  t.match(readRecord({ key: 'm1', headers, value, timestampMs }), { ok: true, event: { time } });
  const event = {
    specversion: '1.0',
    id: '1',
    type: headers.ce_type,
    source: '/erp',
    data: { mailId: 'm1' },
  };
  const structured = { 'content-type': 'application/cloudevents+json' };
  const body = encoder.encode(JSON.stringify(event));
  t.match(readRecord({ key: 'm1', headers: structured, value: body, timestampMs }), {
    ok: true,
    event: { time },
  });
  for (const nonsense of [undefined, -1, Number.NaN, 1e18]) {
    const record = {
      key: 'm1',
      headers,
      value,
      ...(nonsense === undefined ? {} : { timestampMs: nonsense }),
    };
    t.match(readRecord(record), { ok: false, detail: /ce_time is missing/ });
  }
  t.end();
});

test('a record that is no CloudEvent says which header is missing', (t) => {
  const { ce_id: _id, ce_source: _source, ...some } = headers;
  t.match(readRecord({ key: 'm1', headers: { ...some, ce_time: 'today' }, value }), {
    ok: false,
    reason: 'not-a-cloud-event',
    detail:
      'the header ce_id is missing, the header ce_source is missing, the header ce_time is not readable',
  });
  const structured = { 'content-type': 'application/cloudevents+json' };
  const read = readRecord({ key: 'm1', headers: structured, value: encoder.encode('{"specversion":"1.0"}') });
  t.match(read, { ok: false, detail: /^the attribute id is missing, the attribute type is missing, / });
  t.end();
});

test('a trace is written as an attribute and as a header, read from both, and passed over where it is none', (t) => {
  const event = {
    id: '1',
    type: headers.ce_type,
    source: '/erp',
    time: '2026-11-23T08:16:00Z',
    traceparent,
    data,
  };
  const record = writeRecord('m1', event);
  t.match(record.headers, { ce_traceparent: traceparent, traceparent });
  const traceOf = (more: Record<string, string>) => {
    const read = readRecord({ key: 'm1', headers: { ...headers, ...more }, value, timestampMs });
    return read.ok ? read.event : read;
  };
  t.match(traceOf({ traceparent }), { traceparent });
  t.match(traceOf({ ce_traceparent: traceparent, traceparent: 'x' }), { traceparent });
  t.notHas(traceOf({ traceparent: 'nonsense' }), 'traceparent');
  t.end();
});
