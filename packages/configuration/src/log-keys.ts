import { ConfigurationError, readSecret } from './variables.ts';

/** The keys that sign a log, as bytes. */
export interface LogSecrets {
  readonly active: Uint8Array;
  readonly others: readonly Uint8Array[];
  readonly retired: readonly Uint8Array[];
}

interface LogKeyVariables {
  readonly LOG_KEYS: string;
  readonly LOG_KEYS_FILE: string;
}

const leastBytes = 32;
const retiredMark = 'old:';

/**
 * The keys that the services sign the log with.
 *
 * @throws ConfigurationError that says how to make one where there is none, never with any part of a key.
 */
export async function readLogKeys({
  LOG_KEYS: value,
  LOG_KEYS_FILE: file,
}: LogKeyVariables): Promise<LogSecrets> {
  const entries = splitEntries(await readSecret('LOG_KEYS', value, file));
  const retired = entries.filter((entry) => entry.startsWith(retiredMark));
  const [active, ...others] = entries
    .filter((entry) => !entry.startsWith(retiredMark))
    .map((entry) => toKey(entry));
  if (active === undefined) {
    throw new ConfigurationError([
      'LOG_KEYS, LOG_KEYS_FILE: the services sign what they write to Kafka, and need a key that all config-apis and' +
        ' mailers share. Make one with `openssl rand -base64 32 > log.keys`, give each process this file, and name it' +
        ' in LOG_KEYS_FILE',
    ]);
  }
  return { active, others, retired: retired.map((entry) => toKey(entry.slice(retiredMark.length))) };
}

/**
 * The keys of the modules that write mail requests: a line `<source> <key>` for each.
 *
 * @throws ConfigurationError, never with any part of a key.
 */
export async function readProducerKeys(
  value: string,
  file: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = splitEntries(await readSecret('KAFKA_PRODUCER_KEYS', value, file));
  return new Map(
    entries.map((entry): [string, Uint8Array] => {
      const [source = '', key = '', ...more] = entry.split(/\s+/);
      if (key === '' || more.length > 0) {
        throw new ConfigurationError([
          'KAFKA_PRODUCER_KEYS: each entry is the `source` of a module, a space, and its key',
        ]);
      }
      return [source, toKey(key, 'KAFKA_PRODUCER_KEYS')];
    }),
  );
}

function splitEntries(text: string): readonly string[] {
  return text
    .split(/[\r\n,]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && !entry.startsWith('#'));
}

function toKey(entry: string, variable = 'LOG_KEYS'): Uint8Array {
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(entry);
  const key = Buffer.from(entry, 'base64');
  if (!isBase64 || key.length < leastBytes) {
    throw new ConfigurationError([
      `${variable}: a key is ${leastBytes} random bytes or more in base64, as \`openssl rand -base64 32\` makes them`,
    ]);
  }
  return key;
}
