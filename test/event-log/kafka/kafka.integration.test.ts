import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { KafkaLogin } from '@postausgang/event-log';
import { t, test } from 'tap';
import { createCertificates } from '../../peers/certificates.ts';
import { startKafka } from '../../peers/kafka/kafka.ts';
import { requirePeer } from '../../peers/peer.ts';
import { readAll, record, textOf } from '../records.ts';
import { failureScenarios } from './failure-scenarios.ts';
import { newTopic, open } from './open-for-test.ts';
import { recordScenarios } from './record-scenarios.ts';
import { sharedSuites } from './shared-suites.ts';
import { topicScenarios } from './topic-scenarios.ts';

const idleSeconds = 10;
const login = { username: 'erp', password: 'correct-horse' };

if (requirePeer(t, 'kafka', 'openssl')) {
  await runAll();
}

async function runAll(): Promise<void> {
  const elsewhere = (process.env.KAFKA_BROKERS ?? '').split(',').filter((broker) => broker !== '');
  const certificates = await createCertificates();
  t.teardown(certificates.remove);
  const secure = { certificate: certificates.server, users: { [login.username]: login.password } };
  const settings = { 'log.retention.hours': '72' };
  const kafka = elsewhere.length > 0 ? undefined : await startKafka({ secure, settings });
  t.teardown(() => kafka?.stop());
  const brokers = kafka?.brokers ?? elsewhere;
  const idle = measureIdle(brokers);

  sharedSuites('kafka', brokers);
  topicScenarios(brokers);
  recordScenarios(brokers, kafka?.logDirectory());

  test('a log that is left alone costs next to nothing, and Node has nothing to complain about', async (t) => {
    const { percent, warnings, readiness } = await idle;
    t.comment(`idle, 5 followers, 5 producers, 1 membership: ${percent.toFixed(2)} % of a core`);
    t.ok(percent < 2, `${percent} %`);
    t.same(warnings, []);
    t.match(readiness, { ready: true });
  });

  test('the log speaks TLS and logs in with every mechanism', async (t) => {
    if (kafka === undefined) {
      t.pass('needs a listener of our own', {
        skip: 'KAFKA_BROKERS names a broker without one that tests know',
      });
      return;
    }
    const topic = newTopic();
    const ssl = { ca: certificates.ca.certificate };
    const through = (sasl: KafkaLogin, trusted = ssl, limits = {}) =>
      open(t, { brokers: kafka.secureBrokers, topics: [topic], ssl: trusted, sasl, limits });
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
      const log = await through({ mechanism, ...login });
      await log.append(topic.name, [record('a', mechanism)]);
      t.ok((await readAll(log, topic.name)).map(textOf).includes(mechanism), mechanism);
    }
    const limits = { startTimeoutMs: 0 };
    const wrong: KafkaLogin = { mechanism: 'scram-sha-256', username: 'erp', password: 'wrong' };
    const refused = { code: 'log-unavailable', message: /[Aa]uthentication failed/ };
    await t.rejects(through(wrong, ssl, limits), refused);
    const unknown = { code: 'log-unavailable', message: /certificate/ };
    const other = { ca: certificates.selfSigned.certificate };
    await t.rejects(through({ ...wrong, ...login }, other, limits), unknown, 'and trusts no other authority');
  });

  failureScenarios(brokers, kafka);
}

interface IdleCost {
  readonly percent: number;
  readonly warnings: readonly string[];
  readonly readiness: object;
}

async function measureIdle(brokers: readonly string[]): Promise<IdleCost> {
  const script = fileURLToPath(new URL('./idle-process.ts', import.meta.url));
  const args = [script, brokers.join(), String(idleSeconds)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as IdleCost;
}
