import { test } from 'tap';
import { startKafka } from '../peers/kafka/kafka.ts';
import { requirePeer } from '../peers/peer.ts';
import { sendToSink, startCluster } from './cluster.ts';
import { killedBrokers, mailPassesThrough } from './disturbed-mail.ts';

/** 10,000 and 20 with `npm run torture`. */
const mails = Number(process.env['TORTURE_BROKER_MAILS'] ?? 800);
const kills = Number(process.env['TORTURE_BROKER_KILLS'] ?? 2);

test('mail passes while three brokers are killed in turn', { timeout: 600_000 + mails * 60 }, async (t) => {
  if (!requirePeer(t, 'kafka')) return;
  if ((process.env['KAFKA_BROKERS'] ?? '') !== '') {
    t.pass('the brokers are not ours', { skip: 'KAFKA_BROKERS names brokers that are not ours to kill' });
    return;
  }
  const kafka = await startKafka({ brokers: 3 });
  t.teardown(kafka.stop);
  const cluster = await startCluster(t, { brokers: kafka.brokers, topicPrefix: '' }, t.testdir(), 3);
  await sendToSink(t, cluster);
  await mailPassesThrough(t, cluster, mails, killedBrokers(t, kafka, kills));
});
