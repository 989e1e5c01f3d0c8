import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createPublisher,
  type EventLog,
  openInstalledLog,
  openSqliteLog,
  type Publisher,
  type SqliteLog,
} from '@postausgang/event-log';
import { type EventData, type EventName, events, topics, writeRecord } from '@postausgang/contracts';
import type { Test } from 'tap';
import { acceptedAt } from '../../mail/mail-events.ts';

const quiet = { warn: () => undefined };

export const newKey = (): Uint8Array => randomBytes(32);

export interface Secrets {
  readonly active: Uint8Array;
  readonly others?: readonly Uint8Array[];
  readonly retired?: readonly Uint8Array[];
}

interface InstallOptions {
  readonly statePath?: string;
  readonly acceptOther?: boolean;
  readonly producerKeys?: ReadonlyMap<string, Uint8Array>;
  readonly knowsLog?: () => boolean;
}

/** A log that anybody can write to: what one process opens as its own, others open as `raw`. */
export async function openRaw(t: Test, directory = t.testdir()): Promise<SqliteLog> {
  const log = await openSqliteLog({
    directory,
    topics: Object.values(topics),
    onError: (error) => t.fail(error.message),
  });
  t.teardown(() => log.close());
  return withoutOriginals(log);
}

/** The embedded log hands on what this process has written; here everything is read as if another had. */
function withoutOriginals(log: SqliteLog): SqliteLog {
  return {
    ...log,
    append: (topic, records) =>
      log.append(
        topic,
        records.map(({ original: _original, ...record }) => record),
      ),
  };
}

/** The log as a service opens it. */
export function install(t: Test, raw: EventLog, secrets: Secrets, options: InstallOptions = {}) {
  return openInstalledLog({
    log: { ...raw, close: async () => undefined },
    topicPrefix: '',
    keys: { others: [], retired: [], ...secrets },
    statePath: join(t.testdirName, 'installation.json'),
    name: 'test',
    source: '/config-api',
    acceptOther: false,
    now: () => new Date(acceptedAt),
    newId: randomUUID,
    logger: quiet,
    ...options,
  });
}

export const publisherOf = (log: EventLog, source = '/mailer/m1'): Publisher =>
  createPublisher(log, { source, now: () => new Date(acceptedAt), newId: randomUUID });

export function sampleOf<Name extends EventName>(name: Name, file?: string): EventData<Name> {
  const path = file ?? `${events[name].type.replace(/^io\.postausgang\./, '')}.json`;
  return JSON.parse(readFileSync(new URL(`../../contracts/samples/${path}`, import.meta.url), 'utf8')).data;
}

/** A record as another module writes it. */
export function recordOf<Name extends EventName>(
  name: Name,
  key: string,
  data: EventData<Name>,
  source: string,
) {
  return writeRecord(key, { id: randomUUID(), type: events[name].type, source, time: acceptedAt, data });
}

/** A real history of every topic: what the services have signed, and mail that the module `/erp/billing` has requested. */
export async function writeHistory(log: EventLog, raw: EventLog): Promise<void> {
  const configApi = publisherOf(log, '/config-api');
  const mailer = publisherOf(log);
  const change = { ...sampleOf('settingsChanged'), expectedVersion: 0 };
  await configApi.publish('settingsChanged', change.resource, change);
  await configApi.publish('settingsChanged', change.resource, { ...change, expectedVersion: 1 });
  const apiKey = sampleOf('apiKeyCreated');
  await configApi.publish('apiKeyCreated', `api-keys/${apiKey.keyId}`, apiKey);
  const test = sampleOf('connectionTestRequested');
  await configApi.publish('connectionTestRequested', test.testId, test);
  await mailer.publish('connectionTestResult', test.testId, sampleOf('connectionTestResult'));
  await mailer.publish('mailerStarted', 'm1', { mailerId: 'm1' });
  await mailer.publish('settingsApplied', 'm1', { ...sampleOf('settingsApplied'), version: 2 });
  for (const id of ['http-1', 'http-2']) {
    await mailer.publish('mailRequested', id, mailOf(id));
  }
  const foreign = ['erp-1', 'erp-2'].map((id) => recordOf('mailRequested', id, mailOf(id), '/erp/billing'));
  await raw.append(topics.mailRequests.name, foreign);
  const held = { ...aboutMail('http-2'), reason: 'requested' as const };
  await mailer.publish('mailHeld', 'http-2', held);
}

export const mailOf = (id: string) => ({ id, to: [{ address: 'kunde@example.com' }], subject: 'Rechnung' });

export const aboutMail = (mailId: string) => ({
  mailId,
  messageId: null,
  businessReference: null,
  metadata: {},
});
