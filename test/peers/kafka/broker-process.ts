import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { findProgram } from '../known-peers.ts';

const run = promisify(execFile);
const STARTED = /Kafka Server started/;
const KEPT_LINES = 15;

// One short-lived compiler and collector: it starts in half the time, and nobody measures its throughput.
const JAVA_OPTIONS = [
  '-Xms64m',
  '-Xmx384m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'log4j2.properties')}`,
];

const javaArguments = (jars: string, mainClass: string): string[] => [
  ...JAVA_OPTIONS,
  '-cp',
  join(jars, '*'),
  mainClass,
];

/** A broker that says it has started. */
export type BrokerProcess = { pid: number; end: (signal: NodeJS.Signals) => Promise<void> };

/** Prepares the log directory named in the configuration. */
export async function formatStorage(
  jars: string,
  configurationFile: string,
  clusterId: string,
  users: Readonly<Record<string, string>>,
): Promise<void> {
  const logins = Object.entries(users).flatMap(([user, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${user},password=${password}]`,
    ]),
  );
  const options = ['format', '-t', clusterId, '-c', configurationFile, ...logins];
  await run('java', [...javaArguments(jars, 'kafka.tools.StorageTool'), ...options]);
}

/** Resolves when the broker has started; rejects with its last words when it ends before that. */
export async function startBroker(jars: string, configurationFile: string): Promise<BrokerProcess> {
  const command = ['java', ...javaArguments(jars, 'kafka.Kafka'), configurationFile];
  // A test that is killed must not leave a broker behind.
  const guard = findProgram('setpriv');
  const [program = 'java', ...args] =
    guard === undefined ? command : [guard, '--pdeathsig', 'KILL', ...command];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await started(child, exited);
  if (child.pid === undefined) throw new Error('Kafka did not start');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return { pid: child.pid, end };
}

async function started(child: ChildProcess & { stdout: NodeJS.ReadableStream }, exited: Promise<unknown>) {
  const words: string[] = [];
  const says = new Promise<boolean>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      words.push(line);
      words.splice(0, words.length - KEPT_LINES);
      if (STARTED.test(line)) resolve(true);
    });
  });
  const isUp = await Promise.race([says, exited.then(() => false)]);
  if (!isUp) throw new Error(`Kafka did not start:\n${words.join('\n')}`);
}
