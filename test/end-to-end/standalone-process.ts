import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = new URL('../../services/standalone/src/main.ts', import.meta.url).pathname;

/** A running standalone service, as `npm start` runs it. */
export interface StandaloneProcess {
  readonly api: string;
  readonly pid: number;
  /** The admin key. */
  readonly key: string;
  readonly dataDirectory: string;
  /** All that it has printed so far. */
  output(): string;
  /** Calls the API with the admin key. */
  call(method: string, path: string, options?: CallOptions): Promise<ApiAnswer>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when there is none. */
  readonly body: unknown;
}

const defaults = { PORT: '0', ALLOW_LOOPBACK_MAIL_SERVERS: 'true', ALLOWED_MAIL_PORTS: 'any' };

/** Starts the service over a data folder and waits until it is ready. */
export async function startStandaloneProcess(
  dataDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<StandaloneProcess> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'] ?? '', ...defaults, DATA_DIR: dataDirectory, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  const api = await readAddress(child, printed);
  const key = (await readFile(join(dataDirectory, 'admin.key'), 'utf8')).trim();
  return {
    api,
    pid: child.pid ?? 0,
    key,
    dataDirectory,
    output: () => printed.join('\n'),
    call: (method, path, options) => callApi(api, key, method, path, options),
    async kill() {
      await end(child, 'SIGKILL');
    },
    stop: () => end(child, 'SIGTERM'),
  };
}

function readAddress(child: ChildProcess, printed: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) {
        createInterface({ input: stream }).on('line', (line) => {
          printed.push(line);
          const address = /listens on (http:\S+)/.exec(line)?.[1];
          if (address !== undefined) {
            resolve(address);
          }
        });
      }
    }
    child.once('exit', (code) =>
      reject(new Error(`ended with ${code} before it listened:\n${printed.join('\n')}`)),
    );
  });
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}

async function callApi(
  api: string,
  key: string,
  method: string,
  path: string,
  { body, headers }: CallOptions = {},
): Promise<ApiAnswer> {
  const response = await fetch(api + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
