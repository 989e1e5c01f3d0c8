import { type Span, type SpanContext, trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { topics, writeRecord } from '@postausgang/contracts';
import { test } from 'tap';
import { activeTrace, traced, traceOf, traceparentOf } from '../../../services/mailer/src/engine/tracing.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { active, createTransport, mailEvents, openLog, openQueue } from './harness.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

test('every event about a mail has the trace of its request', async (t) => {
  const { log, directory } = await openLog(t);
  const { queue } = await openQueue(t, { log, directory, serving: active(createTransport()) });
  const data = { id: 'm1', to: [{ address: 'kunde@x.example' }], subject: 'x', text: 'y' };
  const time = '2026-11-23T08:00:00Z';
  const type = 'io.postausgang.mail-requested.v1';
  const record = writeRecord('m1', { id: 'e1', type, source: '/erp', time, traceparent, data });
  await log.append(topics.mailRequests.name, [record]);
  await waitFor('the mail to be sent', () => queue.status('m1')?.state === 'sent' || undefined);
  const events = await mailEvents(log);
  t.same(
    events.map((event) => [event.type.split('.')[2], event.traceparent]),
    [
      ['mail-attempt-started', traceparent],
      ['mail-sent', traceparent],
    ],
  );
});

test('without a tracer a trace goes on as it came, and without a trace there is none', async (t) => {
  const options = { kind: 'server', attributes: {} } as const;
  const told = (given: unknown) =>
    traced('accept', { ...options, parent: activeTrace(given) }, async (span) => traceparentOf(span));
  t.equal(await told(traceparent), traceparent);
  t.equal(await told('nonsense'), undefined);
  t.equal(await told(undefined), undefined);
});

test('a tracer of the process gets the spans, in the trace of the request', async (t) => {
  const spans: { readonly name: string; readonly parent: SpanContext | undefined; ended: boolean }[] = [];
  const tracer: Tracer = {
    startSpan(name, _options, parent) {
      const span = { name, parent: parent && trace.getSpanContext(parent), ended: false };
      spans.push(span);
      const own = { traceId, spanId: '00f067aa0ba902b7', traceFlags: 1 };
      return Object.assign(trace.wrapSpanContext(own), { end: () => void (span.ended = true) }) as Span;
    },
    startActiveSpan: () => {
      throw new Error('Not used');
    },
  };
  const provider: TracerProvider = { getTracer: () => tracer };
  trace.setGlobalTracerProvider(provider);
  t.teardown(() => trace.disable());
  const options = { parent: traceOf(traceparent), kind: 'internal', attributes: {} } as const;
  const failing = traced('attempt', options, () => Promise.reject(new Error('gone')));
  await t.rejects(failing, { message: 'gone' });
  const told = await traced('accept', options, async (span) => traceparentOf(span));
  t.equal(told, `00-${traceId}-00f067aa0ba902b7-01`, 'what follows is below the span');
  t.match(spans, [
    { name: 'attempt', parent: { traceId, spanId: 'b7ad6b7169203331' }, ended: true },
    { name: 'accept', ended: true },
  ]);
});
