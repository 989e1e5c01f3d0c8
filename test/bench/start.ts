/**
 * Cold start of config-api over a real Kafka: from the start of the process until it answers that it is ready, with a
 * small settings log and with 100,000 settings events, beside a loop in this process that only parses, checks and
 * folds the same records from memory.
 *
 * npm run bench:start [-- events]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { events, type EventRecord, readRecord, topics, writeRecord } from '@postausgang/contracts';
import { openKafkaLog } from '@postausgang/event-log';
import { openKeyRing, writePublicKeyFile } from '@postausgang/credentials';
import {
  createSettingsState,
  defaultContent,
  defaultServer,
  defaultServerOf,
  evolveSettings,
} from '@postausgang/settings';
import { startServiceProcess } from '../end-to-end/service-process.ts';
import { startKafka } from '../peers/kafka/kafka.ts';
import { hasPeer } from '../peers/peer.ts';
import { median } from './statistics.ts';

const count = Number(process.argv[2] ?? 100_000);
const rounds = 3;
/** Together well below what a batch of the topic may have (1 MiB); an event has about 1.2 kB. */
const recordsAtOnce = 500;
const main = new URL('../../services/config-api/src/main.ts', import.meta.url).pathname;

function settingsRecord(version: number): EventRecord {
  return writeRecord(defaultServer, {
    id: `change-${version}`,
    type: events.settingsChanged.type,
    source: '/bench',
    time: '2026-11-23T08:15:00.000Z',
    data: {
      resource: defaultServer,
      expectedVersion: version,
      operation: 'patch',
      revertedTo: null,
      content: {
        ...defaultContent,
        senderAddress: { name: `Sender ${version}`, address: 'erp@acme.example' },
      },
      actor: { kind: 'api-key', id: 'bench', name: 'bench' },
      reason: null,
    },
  });
}

/** The limit: nothing but reading the records as events and folding them. */
function foldFromMemory(records: readonly EventRecord[]): number {
  const start = performance.now();
  const state = createSettingsState();
  for (const record of records) {
    const result = readRecord(record);
    if (result.ok) evolveSettings(state, result.event);
  }
  if (defaultServerOf(state).version !== records.length) throw new Error('the fold went wrong');
  return performance.now() - start;
}

async function append(brokers: readonly string[], records: readonly EventRecord[]): Promise<void> {
  const log = await openKafkaLog({
    brokers: [...brokers],
    clientId: 'bench',
    topics: Object.values(topics),
    createTopics: true,
    replicationFactor: 1,
    onError: (error) => {
      throw error;
    },
  });
  for (let from = 0; from < records.length; from += recordsAtOnce) {
    await log.append(topics.settings.name, records.slice(from, from + recordsAtOnce));
  }
  await log.close();
}

async function startMs(brokers: readonly string[], directory: string): Promise<number> {
  const start = performance.now();
  const service = await startServiceProcess(main, {
    KAFKA_BROKERS: brokers.join(),
    PORT: '0',
    LOG_LEVEL: 'warn',
    ADMIN_KEY_FILE: join(directory, 'admin.key'),
    SEALING_PUBLIC_KEYS: join(directory, 'public-keys.json'),
  });
  const took = performance.now() - start;
  await service.stop();
  return took;
}

async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'postausgang-bench-'));
  const kafka = await startKafka();
  try {
    const { publicKeys } = await openKeyRing(join(directory, 'keys'));
    await writePublicKeyFile(join(directory, 'public-keys.json'), publicKeys);
    await append(kafka.brokers, []);
    await startMs(kafka.brokers, directory);
    await measure('small log', kafka.brokers, directory);
    const records = Array.from({ length: count }, (_, version) => settingsRecord(version));
    await append(kafka.brokers, records);
    const fold = median(Array.from({ length: rounds }, () => foldFromMemory(records)));
    const cold = await measure(`${count} settings events`, kafka.brokers, directory);
    console.log(
      `parse, check and fold from memory: ${fold.toFixed(0)} ms; ratio ${(fold / cold).toFixed(2)}`,
    );
  } finally {
    await kafka.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(name: string, brokers: readonly string[], directory: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(await startMs(brokers, directory));
  }
  console.log(
    `ready with ${name}: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms, median ${median(times).toFixed(0)} ms`,
  );
  return median(times);
}

if (hasPeer('kafka')) {
  await run();
} else {
  console.log('skipped: Kafka needs Java 17 and Maven');
}
