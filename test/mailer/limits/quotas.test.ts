import fc from 'fast-check';
import { test } from 'tap';
import { createQuotas, type RequesterMinute } from '../../../services/mailer/src/limits/quotas.ts';

const startMs = Date.parse('2026-11-23T08:00:00Z');
const minute = startMs / 60_000;
const one = { mails: 1, recipients: 1, bytes: 10 };

/** Quotas over mails that are in the log at once. */
function open(...log: RequesterMinute[]) {
  const quotas = createQuotas((_requester, since) => log.filter((each) => each.minute >= since));
  return {
    log,
    ask(limits: Parameters<typeof quotas.reserve>[1], nowMs: number, usage = one) {
      const result = quotas.reserve('api-key:k', limits, usage, nowMs);
      if (!result.ok) return result;
      log.push({ minute: Math.floor(nowMs / 60_000), ...usage });
      result.reservation.end();
      return { ok: true as const };
    },
    quotas,
  };
}

test('lets so much pass in a minute, and says when there is more', (t) => {
  const { ask } = open();
  const limits = { mailsPerMinute: 2 };
  t.same([ask(limits, startMs), ask(limits, startMs + 10_000)], [{ ok: true }, { ok: true }]);
  const reached = { ok: false, quota: 'mailsPerMinute', limit: 2, retryAfterSeconds: 70 };
  t.same(ask(limits, startMs + 20_000), reached);
  t.equal(ask(limits, startMs + 60_000).ok, false, 'the next minute is no new beginning');
  t.same(ask(limits, startMs + 90_000), { ok: true });
  t.end();
});

test('counts the day by its minutes', (t) => {
  const { ask } = open(
    { minute: minute - 1439, ...one },
    { minute: minute - 5, mails: 3, recipients: 3, bytes: 0 },
  );
  t.same(ask({ mailsPerDay: 4 }, startMs), {
    ok: false,
    quota: 'mailsPerDay',
    limit: 4,
    retryAfterSeconds: 60,
  });
  t.same(ask({ mailsPerDay: 4 }, startMs + 60_000), { ok: true });
  t.end();
});

test('measures recipients and bytes, and says where waiting is useless', (t) => {
  const { ask } = open();
  t.match(ask({ recipientsPerDay: 2 }, startMs, { mails: 1, recipients: 3, bytes: 0 }), {
    ok: false,
    quota: 'recipientsPerDay',
    retryAfterSeconds: null,
  });
  t.match(ask({ bytesPerMinute: 10 }, startMs), { ok: true });
  t.match(ask({ bytesPerMinute: 10 }, startMs), { ok: false, quota: 'bytesPerMinute' });
  t.match(ask({ mailsPerMinute: null }, startMs), { ok: true }, 'null is no limit');
  t.end();
});

test('counts what is on its way into the log', (t) => {
  const { quotas } = open();
  const limits = { mailsPerMinute: 1 };
  const first = quotas.reserve('a', limits, one, startMs);
  t.equal(quotas.reserve('a', limits, one, startMs).ok, false);
  t.equal(quotas.reserve('b', limits, one, startMs).ok, true, 'of another key');
  if (first.ok) first.reservation.end();
  t.equal(quotas.reserve('a', limits, one, startMs).ok, true);
  t.end();
});

test('the time it names is enough, whatever was asked for before', (t) => {
  const limits = { mailsPerMinute: 3, mailsPerDay: 20 };
  const pauses = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(pauses, (times) => {
      const { ask, log } = open();
      let nowMs = startMs;
      for (const pauseMs of times) {
        nowMs += pauseMs;
        const result = ask(limits, nowMs);
        if (!result.ok) {
          nowMs += (result.retryAfterSeconds ?? 0) * 1000;
          if (!ask(limits, nowMs).ok) return false;
        }
      }
      const inMinute = Map.groupBy(log, (each) => each.minute);
      return log.length <= 40 && inMinute.values().every((each) => each.length <= 3);
    }),
  );
  t.end();
});
