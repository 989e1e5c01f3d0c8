/*
 * Which installation a log belongs to, and whether it is still the log it was. The first record that counts in the topic
 * of settings, the genesis record, names the installation; a small file beside the keys of each process remembers it.
 *
 * - Nothing is made up silently: a log that has lost its beginning, that is empty although local files know better, or
 *   that belongs to another installation ends the start, with a sentence that says what was lost and how to go on.
 * - Over Kafka the record is signed, see `record-signatures.ts`. When it is written it says up to where unsigned records
 *   are believed, once and for all processes: they are of a version that did not sign. A key is retired in the same way.
 * - Any process that may write to the topic writes the record; of several, the first one in the log counts. A process
 *   that may not waits until another has.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { events, type EventData, readRecord, topics, writeRecord } from '@postausgang/contracts';
import { EventLogError } from './event-log-error.ts';
import type { EventLog, NewRecord, Position, StoredRecord } from './event-log.ts';
import { type KeptInstallation, readKeptInstallation, writeKeptInstallation } from './kept-installation.ts';
import { isSignedWith, keyIdOf, type LogKeys, signRecord, type SigningKey } from './record-signatures.ts';
import type { Acceptance, EndsOfTopics } from './signed-log.ts';

type InstallationProblem = 'log-truncated' | 'log-lost' | 'log-replaced' | 'log-key-unknown';

/** The log is not the one that this process has known. The message says what was lost and how to go on. */
export class InstallationError extends Error {
  override readonly name = 'InstallationError';
  readonly code: InstallationProblem;

  constructor(code: InstallationProblem, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Installation {
  readonly id: string;
  readonly name: string;
}

export interface InstallationOptions {
  readonly log: EventLog;
  /** What people know the log by, such as the name of the topic in Kafka. */
  readonly logName: string;
  /** Absent: nobody else can write to the log. */
  readonly keys?: LogKeys;
  /** The file that remembers the installation. */
  readonly statePath: string;
  /** The name of a new installation. */
  readonly name: string;
  /** CloudEvents source. */
  readonly source: string;
  /** Takes whatever log is there, and remembers that one from now on. */
  readonly acceptOther: boolean;
  /** Whether other local files were made from this log. */
  readonly knowsLog?: () => boolean;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly logger: { readonly warn: (fields: object, message: string) => void };
  /** Ends the wait for the record of another process. */
  readonly signal?: AbortSignal;
}

export interface OpenedInstallation {
  readonly installation: Installation;
  readonly acceptance: Acceptance;
}

/**
 * The installation a log belongs to; at the first start it is made.
 *
 * @throws InstallationError, and the errors of the log
 */
export async function openInstallation(options: InstallationOptions): Promise<OpenedInstallation> {
  const { log, keys, acceptOther, signal } = options;
  const kept = await readKeptInstallation(options.statePath);
  if (!acceptOther) {
    await refuseTruncated(options);
  }
  let seen = await lookUp(options, kept);
  refuseUnknownKey(options, seen);
  if (!acceptOther) {
    await refuseOther(options, kept, seen);
  }
  for (let missing = missingRecords(seen, keys); missing.length > 0; missing = missingRecords(seen, keys)) {
    // Whoever has signed before believes nothing unsigned any more.
    await write(options, missing, await endsOfTopics(log), kept === undefined && keys !== undefined);
    signal?.throwIfAborted();
    seen = await scan(options);
  }
  const { genesis } = seen;
  if (genesis === undefined) {
    throw new Error('The log has no installation although one was written.');
  }
  const { installationId: id, name, unsignedBefore = {} } = genesis.data;
  await writeKeptInstallation(options, { installationId: id, name, position: genesis.position });
  return { installation: { id, name }, acceptance: { unsignedBefore, retiredBefore: seen.retiredBefore } };
}

interface Genesis {
  readonly data: EventData<'installationCreated'>;
  readonly position: Position;
}

/** What the topic of settings says of itself. */
interface Seen {
  readonly genesis: Genesis | undefined;
  readonly retiredBefore: ReadonlyMap<string, EndsOfTopics>;
  readonly isEmpty: boolean;
  /** Keys that installation records name and nobody here has. */
  readonly unknownKeyIds: readonly string[];
}

/** The record where it was last time, else wherever it is: the topic need not be read to its end at every start. */
async function lookUp(options: InstallationOptions, kept: KeptInstallation | undefined): Promise<Seen> {
  const { log, keys } = options;
  if (kept !== undefined && (keys?.retired ?? []).length === 0) {
    const record = await log.read(topics.settings.name, kept.position);
    const genesis = record === undefined ? undefined : genesisOf(record, ringOf(keys));
    if (genesis?.data.installationId === kept.installationId) {
      return { genesis, retiredBefore: new Map(), isEmpty: false, unknownKeyIds: [] };
    }
  }
  return scan(options);
}

async function scan({ log, keys }: InstallationOptions): Promise<Seen> {
  const ring = ringOf(keys);
  const retiredBefore = new Map<string, EndsOfTopics>();
  const unknownKeyIds = new Set<string>();
  let genesis: Genesis | undefined;
  let isEmpty = true;
  const follower = log.follow(topics.settings.name, 'start', (records) => {
    for (const record of records) {
      isEmpty = false;
      genesis ??= genesisOf(record, ring);
      const retirement = retirementOf(record, ring);
      if (retirement !== undefined && !retiredBefore.has(retirement.keyId)) {
        retiredBefore.set(retirement.keyId, retirement.signedBefore);
      }
      const keyId = isInstallation(record) ? keyIdOf(record) : undefined;
      if (typeof keyId === 'string' && !ring.some(({ id }) => id === keyId)) {
        unknownKeyIds.add(keyId);
      }
    }
  });
  await follower.caughtUp;
  await follower.stop();
  return { genesis, retiredBefore, isEmpty, unknownKeyIds: [...unknownKeyIds] };
}

/** Newest first; empty where nothing is signed. */
function ringOf(keys: LogKeys | undefined): readonly SigningKey[] {
  return keys === undefined ? [] : [keys.active, ...keys.others, ...keys.retired];
}

function isInstallation({ headers }: StoredRecord): boolean {
  return headers['ce_type'] === events.installationCreated.type;
}

/** The key that has signed a record, if it is one of the ring. */
function signerOf(record: StoredRecord, ring: readonly SigningKey[]): SigningKey | undefined {
  const key = ring.find(({ id }) => id === keyIdOf(record));
  return key !== undefined && isSignedWith(key, topics.settings.name, record) ? key : undefined;
}

function genesisOf(record: StoredRecord, ring: readonly SigningKey[]): Genesis | undefined {
  if (!isInstallation(record) || (ring.length > 0 && signerOf(record, ring) === undefined)) {
    return undefined;
  }
  const result = readRecord(record);
  return result.ok && result.event.type === events.installationCreated.type
    ? { data: result.event.data, position: record.position }
    : undefined;
}

/** A key is retired by a newer one: whoever has got hold of an old key retires nothing. */
function retirementOf(
  record: StoredRecord,
  ring: readonly SigningKey[],
): EventData<'logKeyRetired'> | undefined {
  if (record.headers['ce_type'] !== events.logKeyRetired.type) {
    return undefined;
  }
  const signer = signerOf(record, ring);
  const result = readRecord(record);
  if (signer === undefined || !result.ok || result.event.type !== events.logKeyRetired.type) {
    return undefined;
  }
  const { data } = result.event;
  const retired = ring.findIndex(({ id }) => id === data.keyId);
  return ring.indexOf(signer) < retired ? data : undefined;
}

const howToGoOn =
  'Restore the log from a backup, or correct the settings that say where it is. To go on with the log as it is,' +
  ' start once with ACCEPT_OTHER_LOG=true.';

async function refuseTruncated({ log, logName }: InstallationOptions): Promise<void> {
  const [settings] = await log.bounds(topics.settings.name);
  if (settings !== undefined && settings.start > 0) {
    throw new InstallationError(
      'log-truncated',
      `${logName} has lost its beginning: its first record is number ${settings.start}, not 0. Settings and API keys in` +
        ` the records before it are gone (deleted by retention, or by hand). ${howToGoOn}`,
    );
  }
}

function refuseUnknownKey({ logName }: InstallationOptions, { genesis, unknownKeyIds }: Seen): void {
  if (genesis === undefined && unknownKeyIds.length > 0) {
    throw new InstallationError(
      'log-key-unknown',
      `${logName} is signed with the key ${unknownKeyIds.join(', ')}, which LOG_KEYS does not hold. Add this key to` +
        ' LOG_KEYS(_FILE): without it no setting, no API key and no outcome of a mail counts. If it is lost, begin another' +
        ' log (KAFKA_TOPIC_PREFIX).',
    );
  }
}

async function refuseOther(
  options: InstallationOptions,
  kept: KeptInstallation | undefined,
  { genesis, isEmpty }: Seen,
): Promise<void> {
  const { logName, statePath } = options;
  if (genesis !== undefined) {
    if (kept !== undefined && kept.installationId !== genesis.data.installationId) {
      throw new InstallationError(
        'log-replaced',
        `${logName} belongs to installation ${genesis.data.installationId}, but ${statePath} knows` +
          ` ${kept.installationId}: it is another log, with other settings, API keys and mail. ${howToGoOn}`,
      );
    }
    return;
  }
  const witness = kept === undefined ? await otherWitness(options, isEmpty) : statePath;
  if (witness !== undefined) {
    const state = isEmpty ? 'is empty' : 'holds no record of its installation';
    throw new InstallationError(
      'log-lost',
      `${logName} ${state}, but ${witness} knows an installation: its settings and API keys are lost (the log was` +
        ` deleted, made again, or is another one). ${howToGoOn}`,
    );
  }
}

/** Who else knows that an empty log was not always empty. */
async function otherWitness(
  { log, knowsLog }: InstallationOptions,
  isEmpty: boolean,
): Promise<string | undefined> {
  if (!isEmpty) {
    return undefined;
  }
  const outcomes = await log.bounds(topics.mailEvents.name);
  if (outcomes.some(({ end }) => end > 0)) {
    return topics.mailEvents.name;
  }
  return knowsLog?.() === true ? 'the view of the mail queue' : undefined;
}

type Missing = { readonly kind: 'genesis' } | { readonly kind: 'retirement'; readonly keyId: string };

function missingRecords({ genesis, retiredBefore }: Seen, keys: LogKeys | undefined): readonly Missing[] {
  const retirements = (keys?.retired ?? [])
    .filter(({ id }) => !retiredBefore.has(id))
    .map(({ id }) => ({ kind: 'retirement', keyId: id }) as const);
  return genesis === undefined ? [{ kind: 'genesis' }, ...retirements] : retirements;
}

/** Where each topic ends now. */
async function endsOfTopics(log: EventLog): Promise<EndsOfTopics> {
  const names = Object.values(topics).map(({ name }) => name);
  const bounds = await Promise.all(names.map((name) => log.bounds(name)));
  return Object.fromEntries(names.map((name, index) => [name, bounds[index]?.map(({ end }) => end) ?? []]));
}

const againMs = 2_000;

async function write(
  options: InstallationOptions,
  missing: readonly Missing[],
  ends: EndsOfTopics,
  believesUnsigned: boolean,
): Promise<void> {
  const { log, keys, logName, logger, signal } = options;
  const records = missing.map((one) => recordOf(options, one, ends, believesUnsigned));
  const signed =
    keys === undefined
      ? records
      : records.map((record) => signRecord(keys.active, topics.settings.name, record));
  try {
    await log.append(topics.settings.name, signed);
  } catch (error) {
    if (!(error instanceof EventLogError) || keys === undefined || error.code === 'log-closed') {
      throw error;
    }
    const message = `${logName} has no record of its installation that could be written: ${error.message}`;
    logger.warn({ code: error.code }, `${message} Waiting for another process to write it.`);
    await pause(againMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

function recordOf(
  { name, source, now, newId }: InstallationOptions,
  missing: Missing,
  ends: EndsOfTopics,
  believesUnsigned: boolean,
): NewRecord {
  const attributes = { id: newId(), source, time: now().toISOString() };
  if (missing.kind === 'retirement') {
    const data = { keyId: missing.keyId, signedBefore: ends };
    return writeRecord('installation', { ...attributes, type: events.logKeyRetired.type, data });
  }
  const unsigned = believesUnsigned ? { unsignedBefore: ends } : {};
  const data = { installationId: newId(), name, ...unsigned };
  return writeRecord('installation', { ...attributes, type: events.installationCreated.type, data });
}
