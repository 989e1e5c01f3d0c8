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
 * Gives memory back when there is nothing else to do. V8 collects when something is allocated, so what a start, a burst of
 * mail or a large page has left behind would stay for as long as the service idles.
 */
export function collectWhenIdle(): void {
  const collect = findCollector();
  let last = performance.eventLoopUtilization();
  let residentBytes = 0;
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    if (utilization < idleShare && process.memoryUsage.rss() > residentBytes + worthBytes) {
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
