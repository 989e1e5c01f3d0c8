/**
 * Cold start with a small settings log and with 100,000 settings events: the standalone service over the embedded log,
 * and config-api over a real Kafka. From the start of the process until it answers that it is ready; beside them a loop
 * in this process that only parses, checks and folds the same records from memory.
 *
 * npm run bench:start [-- events]
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLogKeys } from '@postausgang/configuration';
import { events, type EventRecord, readRecord, topics, writeRecord } from '@postausgang/contracts';
import { type EventLog, openInstalledLog, openKafkaLog, openSqliteLog } from '@postausgang/event-log';
import { openKeyRing, writePublicKeyFile } from '@postausgang/credentials';
import {
  createSettingsState,
  defaultContent,
  defaultServer,
  defaultServerOf,
  evolveSettings,
} from '@postausgang/settings';
import { type ServiceProcess, startServiceProcess } from '../end-to-end/service-process.ts';
import { testLogKey } from '../distributed/test-brokers.ts';
import { startKafka } from '../peers/kafka/kafka.ts';
import { hasPeer } from '../peers/peer.ts';
import { type ProcessUsage, usageOf } from './process-usage.ts';
import { nodeOptions } from './service.ts';
import { median } from './statistics.ts';

const count = Number(process.argv[2] ?? 100_000);
const rounds = 3;
const startedAt = new Date().toISOString();
/** Together well below what a batch of the topic may have (1 MiB); an event has about 1.2 kB. */
const recordsAtOnce = 500;
const mainOf = (service: string) =>
  new URL(`../../services/${service}/src/main.ts`, import.meta.url).pathname;

function settingsRecord(version: number): EventRecord {
  return writeRecord(defaultServer, {
    id: `change-${version}`,
    type: events.settingsChanged.type,
    source: '/bench',
    time: startedAt,
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

async function appendAll(log: EventLog, records: readonly EventRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += recordsAtOnce) {
    await log.append(topics.settings.name, records.slice(from, from + recordsAtOnce));
  }
  await log.close();
}

function onError(error: Error): void {
  throw error;
}

interface Start {
  readonly tookMs: number;
  readonly usage: ProcessUsage | undefined;
}

async function startOnce(open: () => Promise<ServiceProcess>): Promise<Start> {
  const start = performance.now();
  const service = await open();
  const tookMs = performance.now() - start;
  const usage = await usageOf(service.pid);
  await service.stop();
  return { tookMs, usage };
}

async function measure(name: string, open: () => Promise<ServiceProcess>): Promise<number> {
  const starts: Start[] = [];
  for (let round = 0; round < rounds; round += 1) starts.push(await startOnce(open));
  const medianOf = (value: (start: Start) => number) => median(starts.map(value));
  const took = medianOf(({ tookMs }) => tookMs);
  const all = starts.map(({ tookMs }) => tookMs.toFixed(0)).join(', ');
  const cpu = medianOf(({ usage }) => usage?.cpuMs ?? Number.NaN);
  const memory = medianOf(({ usage }) => usage?.residentMb ?? Number.NaN);
  console.log(
    `${name}: ready after ${all} ms, median ${took.toFixed(0)} ms, ${cpu.toFixed(0)} ms of CPU, ${memory.toFixed(0)} MB`,
  );
  return took;
}

/** Twice: with what a first start has written, and with the records. */
async function measureStandalone(directory: string, records: readonly EventRecord[]): Promise<void> {
  const dataDirectory = join(directory, 'data');
  const open = () =>
    startServiceProcess(mainOf('standalone'), {
      DATA_DIR: dataDirectory,
      PORT: '0',
      LOG_LEVEL: 'warn',
      NODE_OPTIONS: nodeOptions,
    });
  await startOnce(open);
  await measure('standalone, small log', open);
  const log = await openSqliteLog({ directory: dataDirectory, topics: Object.values(topics), onError });
  await appendAll(log, records);
  await measure(`standalone, ${count} settings events`, open);
}

async function measureConfigApi(directory: string, records: readonly EventRecord[]): Promise<void> {
  const kafka = await startKafka();
  try {
    const { publicKeys } = await openKeyRing(join(directory, 'keys'));
    await writePublicKeyFile(join(directory, 'public-keys.json'), publicKeys);
    const keys = await readLogKeys({ LOG_KEYS: testLogKey, LOG_KEYS_FILE: '' });
    // Signed as a service signs them: what nobody has signed counts for nothing.
    const append = async (added: readonly EventRecord[]) => {
      const kafkaLog = await openKafkaLog({
        brokers: kafka.brokers,
        clientId: 'bench',
        topics: Object.values(topics),
        createTopics: true,
        replicationFactor: 1,
        onError,
      });
      const { log } = await openInstalledLog({
        log: kafkaLog,
        topicPrefix: '',
        keys,
        statePath: join(directory, 'installation.json'),
        name: 'bench',
        source: '/bench',
        acceptOther: false,
        now: () => new Date(),
        newId: randomUUID,
        logger: { warn: (_fields, message) => console.warn(message) },
      });
      await appendAll(log, added);
    };
    const open = () =>
      startServiceProcess(mainOf('config-api'), {
        KAFKA_BROKERS: kafka.brokers.join(),
        LOG_KEYS: testLogKey,
        PORT: '0',
        LOG_LEVEL: 'warn',
        ADMIN_KEY_FILE: join(directory, 'admin.key'),
        SEALING_PUBLIC_KEYS: join(directory, 'public-keys.json'),
      });
    await append([]);
    await startOnce(open);
    await measure('config-api, small log', open);
    await append(records);
    await measure(`config-api, ${count} settings events`, open);
  } finally {
    await kafka.stop();
  }
}

const directory = mkdtempSync(join(tmpdir(), 'postausgang-bench-'));
try {
  const records = Array.from({ length: count }, (_, version) => settingsRecord(version));
  const fold = median(Array.from({ length: rounds }, () => foldFromMemory(records)));
  console.log(`parse, check and fold from memory: ${fold.toFixed(0)} ms`);
  await measureStandalone(directory, records);
  if (hasPeer('kafka')) await measureConfigApi(directory, records);
  else console.log('config-api: skipped, Kafka needs Java 17 and Maven');
} finally {
  rmSync(directory, { recursive: true, force: true });
}
