import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

const everyMs = 2000;

/** A collection takes some 50 ms, so it has to be worth it, and nobody should notice. */
const worthBytes = 12_000_000;
const idleShare = 0.03;

/**
 * What was busy may soon be busy again, and a collection costs it what makes it quick: the young generation, which has to
 * grow anew, and compiled code. So it has to have been idle for half a minute. The first looks see the end of the start.
 */
const busyShare = 0.25;
const looksAfterWork = 15;
const looksAtStart = 3;

/**
 * Gives memory back when there is nothing else to do. V8 collects when something is allocated, so what a start, a burst of
 * mail or a large page has left behind would stay for as long as the service idles.
 */
export function collectWhenIdle(): void {
  const collect = findCollector();
  let last = performance.eventLoopUtilization();
  let residentBytes = 0;
  let looks = 0;
  let idleLooks = 0;
  let neededLooks = 1;
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    idleLooks = utilization < idleShare ? idleLooks + 1 : 0;
    looks += 1;
    if (utilization > busyShare && looks > looksAtStart) neededLooks = looksAfterWork;
    if (idleLooks >= neededLooks && process.memoryUsage.rss() > residentBytes + worthBytes) {
      collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      residentBytes = process.memoryUsage.rss();
      last = performance.eventLoopUtilization();
    }
  }, everyMs).unref();
}

function findCollector(): Collect | undefined {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return isCollect(found) ? found : undefined;
}

function isCollect(value: unknown): value is Collect {
  return typeof value === 'function';
}
