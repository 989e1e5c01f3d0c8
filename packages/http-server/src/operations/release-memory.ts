import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/** When a start has settled; a request that comes in these moments waits for the collection, once. */
const settleMs = 3000;

/**
 * Gives back, soon after the start, what only the start needed. Loading and compiling leave more garbage behind than an
 * idle service has memory, and V8 does not collect where nothing is allocated.
 */
export function releaseStartMemory(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    setFlagsFromString('--no-expose-gc');
    if (isCollect(collect)) collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, settleMs).unref();
}

function isCollect(value: unknown): value is Collect {
  return typeof value === 'function';
}
