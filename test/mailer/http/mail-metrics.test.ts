import { Registry } from 'prom-client';
import { test } from 'tap';
import { addMailMetrics } from '../../../services/mailer/src/http/mail-metrics.ts';
import { active, createTransport, openLog, openQueue } from '../engine/harness.ts';

const lineOf = (text: string, name: string): string | undefined =>
  text.split('\n').find((line) => line.startsWith(`${name} `));

test('many looks at the metrics ask the view once in five seconds, and count states as of now', async (t) => {
  const { log, directory } = await openLog(t);
  const { queue } = await openQueue(t, { log, directory, serving: active(createTransport()) });
  let elapsedMs = 1000;
  let reports = 0;
  let sent = 0;
  const registry = new Registry();
  addMailMetrics(
    registry,
    () => ({ ...queue.stats(), states: { ...queue.stats().states, sent } }),
    () => {
      reports += 1;
      const report = queue.report();
      return { ...report, mails: { ...report.mails, due: reports } };
    },
    () => elapsedMs,
  );
  const look = async () => {
    const text = await registry.metrics();
    return [lineOf(text, 'postausgang_mails_due'), lineOf(text, 'postausgang_mails{state="sent"}')];
  };
  t.equal(reports, 0, 'nothing is asked before somebody looks');
  t.same(await look(), ['postausgang_mails_due 1', 'postausgang_mails{state="sent"} 0']);
  sent = 7;
  elapsedMs += 4999;
  t.same(await look(), ['postausgang_mails_due 1', 'postausgang_mails{state="sent"} 7']);
  t.equal(reports, 1);
  elapsedMs += 1;
  t.same(await look(), ['postausgang_mails_due 2', 'postausgang_mails{state="sent"} 7']);
  t.equal(reports, 2, 'all gauges of one look are from one report');
});
