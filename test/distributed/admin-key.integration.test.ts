/* The last admin key is lost, and the settings are in Kafka. Real broker, and the processes go on. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { brokersForTest, testLogKey } from './test-brokers.ts';
import { startTwoServices } from './two-services.ts';

const commands = {
  'of the repository': 'services/standalone/src/admin-key.ts',
  'of the image': 'services/config-api/src/admin-key.ts',
};

const run = (file: string, environment: Readonly<Record<string, string>>) =>
  promisify(execFile)(process.execPath, [file, '--new'], {
    cwd: new URL('../..', import.meta.url),
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });

test('whoever owns the machine and the keys of the log makes another admin key over Kafka', async (t) => {
  if (!requirePeer(t, 'kafka')) return;
  const kafka = await brokersForTest(t);
  const directory = join(t.testdir(), 'services');
  const services = await startTwoServices(kafka, directory);
  t.teardown(services.stop);
  const adminKeyFile = join(directory, 'admin.key');
  const environment = {
    KAFKA_BROKERS: kafka.brokers.join(),
    KAFKA_TOPIC_PREFIX: kafka.topicPrefix,
    LOG_KEYS: testLogKey,
    ADMIN_KEY_FILE: adminKeyFile,
  };
  for (const [which, file] of Object.entries(commands)) {
    await rm(adminKeyFile);
    const { stdout } = await run(file, environment);
    const key = (await readFile(adminKeyFile, 'utf8')).trim();
    t.equal(stdout, `The new admin key is in ${adminKeyFile}\n`, `the command ${which} names the file`);
    const headers = { authorization: `Bearer ${key}` };
    await waitFor('the key to be known', async () => {
      const { status } = await fetch(`${services.configApi}/v1/api-keys`, { headers });
      return status === 200 ? true : undefined;
    });
    t.pass('and the key works without a restart');
  }
  const { body } = await services.call('GET', '/v1/api-keys');
  t.match(JSON.stringify(body), /admin key made at the machine/, 'everybody sees what was done');

  await rm(adminKeyFile);
  const foreign = { ...environment, LOG_KEYS: randomBytes(32).toString('base64') };
  await t.rejects(
    run(commands['of the image'], foreign),
    { code: 1 },
    'with another key of the log it fails',
  );
  t.notOk(existsSync(adminKeyFile), 'and leaves no key that does not count');
});
