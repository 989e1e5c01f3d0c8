import { type Test, test } from 'tap';
import type { LookupResult, Transport } from '../../../../packages/mail/src/transport.ts';
import { composeMail } from '../../../../packages/message/src/compose.ts';
import { startGraphServer } from '../../../peers/exchange/graph-server.ts';
import { waitFor } from '../../../peers/wait-for.ts';
import { active, minuteMs, openLog, openQueue, storyOf } from '../../engine/harness.ts';
import { connection, mailbox, opened, startWorld } from './fixture.ts';

/** The queue with look-ups on, its clock moved by hand, over the Graph client that sends. */
async function startReconciling(t: Test) {
  const { certificates, authority, options } = await startWorld(t);
  const graph = await startGraphServer(certificates.server, authority, mailbox);
  t.teardown(() => graph.close());
  const content = connection(authority, { protocol: 'graph', graphUrl: graph.url });
  const real = await opened(t, options, content);
  const answers: LookupResult[] = [];
  const transport: Transport = {
    ...real,
    async reconcile(lookup) {
      const answer = (await real.reconcile?.(lookup)) ?? { kind: 'unsupported' };
      answers.push(answer);
      return answer;
    },
  };
  const { log, directory } = await openLog(t);
  const serving = active(transport, 1, { onUnknown: 'reconcile' });
  const bench = await openQueue(t, { log, directory, serving, compose: composeMail });
  /** Minute by minute, since a look-up takes its own time. */
  const pass = (what: string, isSo: () => boolean) =>
    waitFor(what, async () => {
      if (!isSo()) await bench.clock.advance(minuteMs);
      return isSo() ? true : undefined;
    });
  return { graph, bench, log, answers, pass };
}

const request = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };

test('a reply that Graph lost is looked up, found, and the mail is sent without a second one', async (t) => {
  const { graph, bench, log, answers, pass } = await startReconciling(t);
  graph.faults.push('lose-reply');
  await bench.submit('m1', request);
  await bench.until('m1', 'unknown');
  t.equal(graph.mails.length, 1, 'Graph has it');
  await pass('the look-up to end', () => bench.state('m1') === 'sent');
  t.strictSame(answers, [{ kind: 'found', witness: 'message-id' }]);
  await bench.clock.advance(60 * minuteMs);
  t.equal(graph.mails.length, 1);
  t.strictSame(
    graph.asked.map((one) => one.replace(/ .*\//, ' ')),
    ['POST sendMail'],
    'handed over once',
  );
  t.match(bench.queue.status('m1'), { recipients: [{ outcome: 'sent', resolvedBy: 'reconciliation' }] });
  t.strictSame(await storyOf(log, 'm1'), ['attempt-started', 'outcome-unknown', 'resolved']);
});

test('what Graph has not, as it says twice, is handed over again and arrives once', async (t) => {
  const { graph, bench, answers, pass } = await startReconciling(t);
  graph.faults.push('break-before');
  await bench.submit('m1', request);
  await bench.until('m1', 'unknown');
  t.equal(graph.mails.length, 0);
  await pass('the first look-up', () => answers.length > 0);
  t.equal(graph.mails.length, 0, 'once is not enough: it may turn up late');
  await pass('the mail to be sent', () => bench.state('m1') === 'sent');
  t.strictSame(answers, [{ kind: 'not-found' }, { kind: 'not-found' }]);
  t.equal(graph.mails.length, 1);
  t.equal(graph.mails[0]?.messageId, bench.queue.status('m1')?.messageId);
  t.match(bench.queue.status('m1'), { round: 2, attempts: { length: 2 } });
});
