/**
 * The log of a process. Programs that read it get one JSON object a line, whatever is said: each names the service, its
 * version and instance, and its level as a word. On a terminal a person reads a short form of the same.
 */
import pino, { type Logger } from 'pino';
import { productVersion } from '@postausgang/contracts';

interface LoggerOptions {
  /** The lowest level that is logged. */
  readonly level: string;
  /** What the process is: `postausgang`, `config-api` or `mailer`. */
  readonly service: string;
  /** Which one of them it is. */
  readonly instance: string;
  readonly out: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
}

export function createServiceLogger({ level, service, instance, out }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, version: productVersion, instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (word: string) => ({ level: word }) },
  };
  return out.isTTY
    ? pino(options, { write: (line: string) => void out.write(shortForm(line)) })
    : pino(options);
}

/** What every line of a process has, and nobody at its terminal needs. */
const shared = new Set(['level', 'time', 'service', 'version', 'instance', 'msg']);

/** `08:15:02 info  Mail sent  id=… domains=example.com` */
export function shortForm(line: string): string {
  const fields: Readonly<Record<string, unknown>> = JSON.parse(line);
  const { level, time, msg = '' } = fields;
  const rest = Object.entries(fields).flatMap(([name, value]) =>
    shared.has(name) || value === undefined ? [] : [`${name}=${shown(value)}`],
  );
  const clock = new Date(String(time)).toTimeString().slice(0, 8);
  return `${[clock, String(level).padEnd(5), String(msg), ...rest].join(' ')}\n`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(',');
  if (typeof value !== 'object' || value === null) return String(value);
  const { message, stack } = { message: undefined, stack: undefined, ...value };
  return String(stack ?? message ?? JSON.stringify(value));
}
