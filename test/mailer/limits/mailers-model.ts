import type { EffectiveLimits } from '@postausgang/settings';
import {
  createGovernor,
  type FoldedIntent,
  type Governor,
  type Permit,
} from '../../../services/mailer/src/limits/governor.ts';
import { minuteOf } from '../../../services/mailer/src/limits/usage.ts';

/** What a server sees: the final dot of a mail to so many recipients. */
export interface Seen {
  readonly atMs: number;
  readonly recipients: number;
}

export type Step =
  | { readonly kind: 'send'; readonly mailer: number; readonly recipients: number }
  | { readonly kind: 'intent' | 'end'; readonly mailer: number }
  | { readonly kind: 'fold'; readonly mailer: number; readonly records: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'rebalance'; readonly partition: number; readonly owner: number }
  | { readonly kind: 'restart'; readonly mailer: number };

interface Attempt {
  readonly mailId: string;
  readonly partition: number;
  readonly grant: Permit;
  readonly startedAtMs: number;
  intended: boolean;
}

type Logged =
  | ({ readonly kind: 'intent' } & FoldedIntent)
  | { readonly kind: 'outcome'; readonly mailId: string; readonly attempt: string; readonly atMs: number };

interface Mailer {
  governor: Governor;
  folded: number;
  attempts: Attempt[];
}

const partitionCount = 12;
/** Shorter than the hand-over of connections. */
const longestAttemptMs = 15_000;

/** Mailers that share a log and nothing else; each folds it when a step says so, and the partitions move among them. */
export function createMailers(count: number, limits: EffectiveLimits, startMs: number) {
  const log: Logged[] = [];
  const seen: Seen[] = [];
  let nowMs = startMs;
  let mails = 0;
  let epoch = 0;
  let owners: readonly number[] = Array.from({ length: partitionCount }, (_, partition) => partition % count);
  let epochs = owners.map(() => (epoch += 1));
  let mostUnderWay = 0;

  const owns = (mailer: number): number[] =>
    owners.flatMap((owner, partition) => (owner === mailer ? [partition] : []));
  const usageSince = (minute: number) =>
    log.flatMap((one) =>
      one.kind === 'intent' && minuteOf(one.atMs) >= minute
        ? [{ partition: one.chargedTo, minute: minuteOf(one.atMs), mails: 1, recipients: one.recipients }]
        : [],
    );
  const open = (mailer: number): Governor => {
    const governor = createGovernor({
      partitionCount,
      usageSince,
      partitions: () => owns(mailer),
      epochOf: (partition) => (owners[partition] === mailer ? epochs[partition] : undefined),
    });
    governor.setLimits(limits, nowMs);
    return governor;
  };
  const mailers: Mailer[] = Array.from({ length: count }, (_, mailer) => ({
    governor: open(mailer),
    folded: 0,
    attempts: [],
  }));
  const at = (mailer: number): Mailer => mailers[mailer % count] as Mailer;

  const fold = (mailer: Mailer, records: number): void => {
    const until = Math.min(log.length, mailer.folded + records);
    for (const one of log.slice(mailer.folded, until)) {
      if (one.kind === 'intent') mailer.governor.intentFolded(one);
      else mailer.governor.outcomeFolded(one.mailId, one.attempt, one.atMs);
    }
    mailer.folded = until;
  };
  const drop = (mailer: Mailer, attempt: Attempt): void => {
    mailer.attempts = mailer.attempts.filter((one) => one !== attempt);
  };
  const intend = (mailer: Mailer, attempt: Attempt): void => {
    const { mailId, partition, grant } = attempt;
    if (!grant.isHeld(nowMs) || owners[partition] !== mailers.indexOf(mailer)) {
      mailer.governor.giveBack(mailId);
      drop(mailer, attempt);
      return;
    }
    const { chargedTo, recipients } = grant;
    attempt.intended = true;
    log.push({ kind: 'intent', mailId, attempt: mailId, chargedTo, recipients, atMs: nowMs });
    seen.push({ atMs: nowMs, recipients });
  };
  const end = (mailer: Mailer, attempt: Attempt): void => {
    drop(mailer, attempt);
    if (!attempt.intended) {
      mailer.governor.giveBack(attempt.mailId);
      return;
    }
    mailer.governor.ended(attempt.mailId, nowMs);
    log.push({ kind: 'outcome', mailId: attempt.mailId, attempt: attempt.mailId, atMs: nowMs });
  };
  const send = (mailer: Mailer, wanted: number): void => {
    const owned = owns(mailers.indexOf(mailer));
    const partition = owned[mails % owned.length];
    if (partition === undefined || mailer.attempts.length >= mailer.governor.places(nowMs)) return;
    const mailId = `m${(mails += 1)}`;
    const grant = mailer.governor.take(mailId, partition, wanted, nowMs);
    if (grant !== null) {
      mailer.attempts.push({ mailId, partition, grant, startedAtMs: nowMs, intended: false });
    }
    const underWay = mailers.reduce((sum, one) => sum + one.attempts.length, 0);
    mostUnderWay = Math.max(mostUnderWay, underWay);
  };
  const pass = (ms: number): void => {
    nowMs += Math.min(ms, longestAttemptMs);
    for (const mailer of mailers) {
      for (const one of mailer.attempts.filter(
        ({ startedAtMs }) => nowMs - startedAtMs >= longestAttemptMs,
      )) {
        end(mailer, one);
      }
    }
    nowMs += Math.max(0, ms - longestAttemptMs);
  };
  /** Whoever gains a partition has first folded everything. Whoever loses one need not notice. */
  const rebalance = (moved: number, owner: number): void => {
    const before = owners;
    owners = owners.map((one, partition) => (partition === moved ? owner % count : one));
    epochs = epochs.map((one, partition) => (owners[partition] === before[partition] ? one : (epoch += 1)));
    mailers.forEach((mailer, index) => {
      if (owners.some((owner, partition) => owner === index && before[partition] !== index)) {
        fold(mailer, Infinity);
        mailer.governor.places(nowMs);
      }
    });
  };
  return {
    seen,
    mostUnderWay: () => mostUnderWay,
    run(step: Step): void {
      switch (step.kind) {
        case 'send':
          return send(at(step.mailer), step.recipients);
        case 'intent': {
          const attempt = at(step.mailer).attempts.find(({ intended }) => !intended);
          return attempt === undefined ? undefined : intend(at(step.mailer), attempt);
        }
        case 'end': {
          const [attempt] = at(step.mailer).attempts;
          return attempt === undefined ? undefined : end(at(step.mailer), attempt);
        }
        case 'fold':
          return fold(at(step.mailer), step.records);
        case 'pass':
          return pass(step.ms);
        case 'rebalance':
          return rebalance(step.partition, step.owner);
        case 'restart': {
          const index = step.mailer % count;
          const mailer = at(index);
          epochs = epochs.map((one, partition) => (owners[partition] === index ? (epoch += 1) : one));
          Object.assign(mailer, { attempts: [], folded: log.length, governor: open(index) });
          return undefined;
        }
        default:
          return step satisfies never;
      }
    },
  };
}
