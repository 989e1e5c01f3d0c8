import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { systemClock } from '../../../services/mailer/src/engine/clock.ts';
import { describeSmtp } from '../../../services/mailer/src/transports/smtp/open-session.ts';
import { openSmtpTransport } from '../../../services/mailer/src/transports/smtp/transport.ts';
import { requirePeer } from '../../peers/peer.ts';
import { startSmtpSink } from '../../peers/smtp-sink.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { active, content, openLog, openQueue } from './harness.ts';

const limit = 10;
const mails = 35;
/** A minute of the limit, so that the test need not take four of them. */
const minuteMs = 1500;

test('what smtp-sink counts stays below the limits, connections and mails a minute', async (t) => {
  if (!requirePeer(t, 'postfix')) return;
  const sink = await startSmtpSink({ count: true });
  t.teardown(sink.stop);
  const limits = {
    preset: 'none',
    maxConnections: 2,
    mailsPerMinute: limit,
    recipientsPerDay: null,
  } as const;
  const settings = content({ limits });
  const description = describeSmtp({
    ...settings,
    smtp: { ...settings.smtp, hostname: '127.0.0.1', port: sink.port },
  });
  if (description === null) throw new Error('The settings have no description');
  const opened = await openSmtpTransport({
    description,
    password: null,
    ehloName: 'mailer.test',
    maxConnections: 20,
    policy: { allowedPorts: 'any', allowLoopback: true, deniedNetworks: [], allowedNetworks: [] },
  });
  if (!opened.ok) throw new Error(opened.failure.code);
  t.teardown(() => opened.transport.close());
  const { log, directory } = await openLog(t);
  const bench = await openQueue(t, {
    log,
    directory,
    serving: active(opened.transport, 1, { limits }),
    clock: {
      ...systemClock,
      advance: async () => undefined,
      next: async () => undefined,
      jump: () => undefined,
    },
    limitTimes: { minuteMs },
  });
  const before = sink.sessionCount();
  const seen: { readonly atMs: number; readonly count: number }[] = [];
  let isOver = false;
  const watching = (async () => {
    for (; !isOver; await sleep(20)) seen.push({ atMs: performance.now(), count: sink.messageCount() });
  })();
  await Promise.all(Array.from({ length: mails }, (_, index) => bench.submit(`m${index}`)));
  await waitFor('all sent', () => (bench.queue.stats().states.sent === mails ? true : undefined));
  await waitFor('all counted', () => (sink.messageCount() >= mails ? true : undefined));
  isOver = true;
  await watching;
  // A little less than the window: the count is read some time after it has changed.
  const within = seen.map(({ atMs, count }) => {
    const last = seen.findLast((one) => one.atMs < atMs + minuteMs - 200);
    return (last?.count ?? count) - count;
  });
  const most = Math.max(...within);
  const sessions = sink.sessionCount() - before;
  t.comment(`figures: ${mails} mails, at most ${most} of ${limit} in a window, ${sessions + 1} sessions`);
  t.equal(sink.messageCount(), mails);
  t.ok(most <= limit);
  t.ok(sessions <= 1, 'two sessions, one of them open before');
});
