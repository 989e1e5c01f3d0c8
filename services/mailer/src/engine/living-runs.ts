/**
 * Which runs of mailers are alive, by the signs of life that each of them writes. What counts is when a sign was heard, by the
 * clock of this process: the clocks of machines differ. Until all signs of the past are heard every run counts as alive.
 */
import type { PostausgangEvent } from '@postausgang/contracts';
import { eachEvent, type EventLog, startFold } from '@postausgang/event-log';
import type { Clock } from './clock.ts';

interface LivingRunsOptions {
  readonly log: EventLog;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface LivingRuns {
  /** When a run was heard of last, in milliseconds since 1970; undefined: never, or it has said that it has stopped. */
  lastHeardMs(runId: string): number | undefined;
  stop(): Promise<void>;
}

/** Longer than anybody asks for a run. */
const forgottenAfterMs = 24 * 60 * 60 * 1000;

export function followRuns({ log, clock }: LivingRunsOptions): LivingRuns {
  const heard = new Map<string, number>();
  let isCurrent = false;
  const hear = (runs: Map<string, number>, event: PostausgangEvent): void => {
    switch (event.type) {
      case 'io.postausgang.mailer-started.v1':
      case 'io.postausgang.mailer-alive.v1': {
        const nowMs = clock.nowMs();
        const gone = [...runs].filter(([, atMs]) => Math.abs(nowMs - atMs) > forgottenAfterMs);
        gone.forEach(([runId]) => runs.delete(runId));
        if (event.data.runId !== undefined) runs.set(event.data.runId, nowMs);
        return;
      }
      case 'io.postausgang.mailer-stopped.v1':
        runs.delete(event.data.runId ?? '');
        return;
      default:
    }
  };
  const fold = startFold({ log, topic: 'mailerStatus', state: heard, apply: eachEvent(hear) });
  fold.onChange(() => void (isCurrent = true));
  return {
    lastHeardMs: (runId) => (isCurrent ? heard.get(runId) : clock.nowMs()),
    stop: fold.stop,
  };
}
