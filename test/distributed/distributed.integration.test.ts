import { test } from 'tap';
import { startKafka } from '../peers/kafka/kafka.ts';
import { requirePeer } from '../peers/peer.ts';
import { sendToSink, startCluster } from './cluster.ts';
import { changesReachEveryMailer, mailersOpenWhatConfigApiSealed } from './effective-settings.ts';
import { killedMailers, mailPassesThrough } from './disturbed-mail.ts';
import { erpModulesSendByKafka } from './erp-modules.ts';
import { imagesStart } from './images.ts';
import { writesToThreeReplicas } from './replicas.ts';

/** 5,000 with `npm run torture`. */
const mails = Number(process.env['TORTURE_MAILS'] ?? 600);
const longest = { timeout: 220_000 + mails * 100 };

// One broker for all of it: a start costs several seconds.
test('the product over Kafka', longest, async (t) => {
  if (!requirePeer(t, 'kafka')) return;
  if ((process.env['KAFKA_BROKERS'] ?? '') !== '') {
    t.pass('the broker is not ours', { skip: 'KAFKA_BROKERS names a broker whose mail is not ours to send' });
    return;
  }
  const { brokers, stop } = await startKafka();
  t.teardown(stop);
  const directory = t.testdir();
  await t.test('150 writes to each of three config-apis at once', { timeout: 60_000 }, (tt) =>
    writesToThreeReplicas(tt, brokers, directory),
  );
  await t.test('a config-api and three mailers as processes of their own', longest, async (tt) => {
    const cluster = await startCluster(tt, brokers, directory);
    await sendToSink(tt, cluster);
    await mailersOpenWhatConfigApiSealed(tt, cluster);
    await changesReachEveryMailer(tt, cluster);
    await mailPassesThrough(tt, cluster, mails, killedMailers(tt, cluster));
    if (requirePeer(tt, 'kcat')) {
      await erpModulesSendByKafka(tt, cluster, brokers);
    }
  });
  await t.test('the steps of each Dockerfile give a service that starts', { timeout: 120_000 }, (tt) =>
    imagesStart(tt, brokers),
  );
});
