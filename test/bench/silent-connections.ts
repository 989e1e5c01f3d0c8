/**
 * What 10,000 connections that say nothing cost everybody else: the standalone service, its silent guests in a process of
 * their own, and a client with a key and one without that ask on a new connection each, before and beside them.
 *
 * npm run bench:silent [-- connections]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { median } from './statistics.ts';

const secondsBeside = 20;
/** Between the questions of one client; each takes a new connection. */
const pauseMs = 50;
const opensAtOnce = 50;

/** Keeps as many connections open as it was asked for, whatever the other side ends. Never returns. */
async function beSilent(port: number, count: number): Promise<never> {
  let opened = 0;
  const one = (): void => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('connect', () => (opened += 1));
    socket.on('close', () => setTimeout(one, 1000));
  };
  for (let started = 0; started < count; started += 1) {
    one();
    if (started % opensAtOnce === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (;;) {
    process.send?.(opened);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** @returns milliseconds from the start of the connection to the last byte of the answer. */
function ask(api: string, path: string, headers: Record<string, string>): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    get(`${api}${path}`, { agent: false, headers }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`${path}: ${String(answer.statusCode)}`));
      answer.resume().once('end', () => resolve(performance.now() - start));
    }).once('error', reject);
  });
}

interface Waits {
  readonly milliseconds: number[];
  refused: number;
}

async function askFor(seconds: number, question: () => Promise<number>): Promise<Waits> {
  const waits: Waits = { milliseconds: [], refused: 0 };
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await question().then(
      (took) => waits.milliseconds.push(took),
      () => (waits.refused += 1),
    );
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return waits;
}

const shown = ({ milliseconds, refused }: Waits): string =>
  `${milliseconds.length} answers, median ${median(milliseconds).toFixed(1)} ms, ` +
  `longest ${Math.max(...milliseconds).toFixed(0)} ms, ${refused} refused`;

async function measure(count: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'silent-'));
  const service = await startStandaloneProcess(directory);
  const withKey = () => ask(service.api, '/v1/queue', { authorization: `Bearer ${service.key}` });
  const health = () => ask(service.api, '/health/live', {});
  const both = async (name: string, seconds: number): Promise<void> => {
    const [keyed, anonymous] = await Promise.all([askFor(seconds, withKey), askFor(seconds, health)]);
    console.log(`${name}, with a key: ${shown(keyed)}`);
    console.log(`${name}, health: ${shown(anonymous)}`);
  };
  await both('alone', 3);
  const guests = fork(import.meta.filename, ['silent', new URL(service.api).port, String(count)]);
  let opened = 0;
  guests.on('message', (value) => (opened = Number(value)));
  await both(`beside ${count} silent connections`, secondsBeside);
  console.log(`connections opened by the silent side: ${opened}`);
  guests.kill();
  await once(guests, 'exit');
  await service.kill();
  rmSync(directory, { recursive: true });
}

const [first = '10000', port = '', count = ''] = process.argv.slice(2);
await (first === 'silent' ? beSilent(Number(port), Number(count)) : measure(Number(first)));
