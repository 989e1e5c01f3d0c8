import { test } from 'tap';
import { requirePeer } from '../peers/peer.ts';
import { sendToSink, startCluster } from './cluster.ts';
import {
  changesReachEveryMailer,
  keysUsedAtMailersAreListed,
  mailersOpenWhatConfigApiSealed,
} from './effective-settings.ts';
import { joiningMailers, killedMailers, mailPassesThrough, pausedMailers } from './disturbed-mail.ts';
import { erpModulesSendByKafka } from './erp-modules.ts';
import { pageOfConfigApi } from './page-of-config-api.ts';
import { idleServicesCostNothing } from './idle-services.ts';
import { imagesStart } from './images.ts';
import { writesToThreeReplicas } from './replicas.ts';
import { mailersShareLimits } from './shared-limits.ts';
import { bulkCommandsFromKafka, commandsOnAnyMailer } from './mail-commands.ts';
import { brokersForTest } from './test-brokers.ts';

/** 5,000 with `npm run torture`. */
const mails = Number(process.env['TORTURE_MAILS'] ?? 600);
const minutesUnderLimits = mails > 600 ? 2 : 1;
const longest = { timeout: 600_000 + mails * 200 };

// One broker for all of it: a start costs several seconds.
test('the product over Kafka', longest, async (t) => {
  if (!requirePeer(t, 'kafka')) return;
  const kafka = await brokersForTest(t);
  const directory = t.testdir();
  await t.test('150 writes to each of three config-apis at once', (tt) =>
    writesToThreeReplicas(tt, kafka, directory),
  );
  await t.test('a config-api and three mailers as processes of their own', longest, async (tt) => {
    const cluster = await startCluster(tt, kafka, directory);
    await sendToSink(tt, cluster);
    await pageOfConfigApi(tt, cluster);
    await mailersOpenWhatConfigApiSealed(tt, cluster);
    await keysUsedAtMailersAreListed(tt, cluster);
    await changesReachEveryMailer(tt, cluster);
    // Before mailers are killed: config-api knows the address of one of them.
    await bulkCommandsFromKafka(tt, cluster, kafka);
    // Before other mail, which would use up the minute.
    const allUnderLimitsSentOnce = await mailersShareLimits(tt, cluster, minutesUnderLimits);
    await mailPassesThrough(tt, cluster, mails, killedMailers(tt, cluster));
    await allUnderLimitsSentOnce();
    await mailPassesThrough(tt, cluster, Math.ceil(mails / 2), pausedMailers(cluster));
    await mailPassesThrough(tt, cluster, Math.ceil(mails / 2), joiningMailers(cluster));
    await idleServicesCostNothing(tt, cluster);
    await commandsOnAnyMailer(tt, cluster, kafka);
    if (requirePeer(tt, 'kcat')) {
      await erpModulesSendByKafka(tt, cluster, kafka);
    }
  });
  await t.test('the steps of each Dockerfile give a service that starts', async (tt) => {
    if (requirePeer(tt, 'kerberos')) await imagesStart(tt, kafka);
  });
});
