import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { faketimeLibrary } from '../../peers/faketime.ts';
import type { OtherClock } from './other-clocks.ts';

export interface RunUnderClock {
  readonly file: string;
  readonly passed: boolean;
  /** What the file printed, for when it failed. */
  readonly output: string;
  readonly tookMs: number;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Runs a test file, and every process that it starts, under another wall clock and in another zone. The monotonic clock
 * stays, as it does when a clock is set.
 */
async function runUnderClock(file: string, { name, zone, beginsAtMs }: OtherClock): Promise<RunUnderClock> {
  const startedAtMs = performance.now();
  const offsetSeconds = Math.round((beginsAtMs - Date.now()) / 1000);
  // tap names the folder of a test after the arguments: with one more, the same file can run beside this run.
  const child = spawn(process.execPath, ['--import=./test/tooling/plain-children.ts', file, name], {
    cwd: root,
    env: {
      ...withoutTap(process.env),
      TAP_TIMEOUT: '240',
      TZ: zone,
      LD_PRELOAD: faketimeLibrary(),
      FAKETIME: `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}`,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, error, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { file, passed: code === 0, output: out + error, tookMs: performance.now() - startedAtMs };
}

/** A test that tap has started tells its own children that tap started them too. */
const withoutTap = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('TAP')));

/** Runs all of them, some at a time; tells of each as it ends. */
export async function runAllUnderClock(
  files: readonly string[],
  clock: OtherClock,
  atOnce: number,
  onEnd: (run: RunUnderClock) => void,
): Promise<void> {
  const waiting = files.values();
  const work = async (): Promise<void> => {
    for (const file of waiting) onEnd(await runUnderClock(file, clock));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
