import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A running process of a service. */
export interface ServiceProcess {
  readonly api: string;
  readonly pid: number;
  /** All that it has printed so far. */
  output(): string;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Goes as it is, instead of a body as JSON; `headers` say what it is. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long to wait for the answer; as long as it takes where nothing is given. */
  readonly timeoutMs?: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when there is none. */
  readonly body: unknown;
}

/**
 * Starts a service with this environment and nothing else, and waits until it says where it listens.
 *
 * @param main the file, or what stands behind `node` in a command
 */
export async function startServiceProcess(
  main: string | readonly string[],
  environment: Readonly<Record<string, string>>,
  directory?: string,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [main].flat(), {
    env: { PATH: process.env['PATH'] ?? '', ANONYMOUS_ROUTES: 'metrics,docs', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(directory === undefined ? {} : { cwd: directory }),
  });
  const printed: string[] = [];
  const api = await readAddress(child, printed);
  return {
    api,
    pid: child.pid ?? 0,
    output: () => printed.join('\n'),
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

/** Calls an API with a key. */
export async function callApi(
  api: string,
  key: string,
  method: string,
  path: string,
  { body, text: given, headers, timeoutMs }: CallOptions = {},
): Promise<ApiAnswer> {
  const response = await fetch(api + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(given === undefined ? {} : { body: given }),
    ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
