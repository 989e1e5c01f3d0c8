const lookEveryMs = 250;

export interface StopSignalsOptions {
  /**
   * Whether npm started this process. npm passes SIGTERM on to its shell only, and the shell ends without passing it
   * on; a process whose parent is gone then was meant to stop.
   */
  readonly startedByNpm: boolean;
}

/** Calls `stop` once, with what asked for it: SIGTERM, SIGINT, or the end of npm. */
export function onStopSignal({ startedByNpm }: StopSignalsOptions, stop: (reason: string) => void): void {
  let isStopping = false;
  const parent = process.ppid;
  const watch = startedByNpm
    ? setInterval(() => process.ppid !== parent && ask('npm ended'), lookEveryMs)
    : undefined;
  watch?.unref();

  function ask(reason: string): void {
    clearInterval(watch);
    if (!isStopping) {
      isStopping = true;
      stop(reason);
    }
  }
  process.on('SIGTERM', ask);
  process.on('SIGINT', ask);
}
