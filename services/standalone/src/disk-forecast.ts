/**
 * In how many days the disk is full, from what was free in the last week. Each hour is one sample; they lie in a file of the
 * data folder, because a service that is started every night would never see a week.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { replacePrivateFile } from '@postausgang/configuration';
import type { ServiceProcess } from '@postausgang/http';
import { Gauge, type Registry } from 'prom-client';
import { freeBytes } from './disk.ts';

const SamplesSchema = Type.Array(Type.Object({ atMs: Type.Number(), freeBytes: Type.Number() }), {
  maxItems: 1_000,
});
type Sample = Static<typeof SamplesSchema>[number];

const samplesFile = 'disk-samples.json';
const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;
/** Restarts take no more samples than hours. */
const leastPauseMs = hourMs / 2;
/** Above that, nobody needs to hear of it. */
const warnBelowDays = 14;

interface DiskForecastOptions {
  readonly directory: string;
  readonly logger: Pick<ServiceProcess['logger'], 'warn'>;
  /** The disk and the clock of the system, unless given. */
  readonly freeBytesNow?: () => number;
  readonly nowMs?: () => number;
}

export interface DiskForecast {
  /** Takes a sample. */
  look(): Promise<void>;
  /** Whole days, rounded down; null: the disk does not become fuller, or it was not watched for a day. */
  daysLeft(): number | null;
  /** For the health check; empty while there is nothing to say. */
  check(): Readonly<Record<string, string>>;
  addMetric(registry: Registry): void;
  stop(): void;
}

export async function startDiskForecast(options: DiskForecastOptions): Promise<DiskForecast> {
  const { directory, logger, nowMs = Date.now, freeBytesNow = () => freeBytes(directory) } = options;
  const path = join(directory, samplesFile);
  let samples = await readSamples(path);
  let warnedAtMs = Number.NEGATIVE_INFINITY;

  const daysLeft = (): number | null => daysUntilFull(samples);
  const look = async (): Promise<void> => {
    const sample = { atMs: nowMs(), freeBytes: freeBytesNow() };
    const earlier = samples.filter(
      ({ atMs }) => atMs <= sample.atMs - leastPauseMs && atMs >= sample.atMs - weekMs,
    );
    samples = [...earlier, sample];
    const left = daysLeft();
    if (left !== null && left < warnBelowDays && sample.atMs - warnedAtMs >= dayMs) {
      warnedAtMs = sample.atMs;
      logger.warn({ daysLeft: left, freeBytes: sample.freeBytes }, `the disk will be full in ${left} days`);
    }
    // On a full disk the next sample is written.
    await replacePrivateFile(path, `${JSON.stringify(samples)}\n`).catch(() => undefined);
  };
  await look();
  const timer = setInterval(() => void look(), hourMs).unref();
  return {
    look,
    daysLeft,
    check(): Readonly<Record<string, string>> {
      const left = daysLeft();
      return left === null || left >= warnBelowDays ? {} : { disk: `full-in-${left}-days` };
    },
    addMetric(registry) {
      const gauge: Gauge = new Gauge({
        name: 'postausgang_disk_full_in_days',
        help: 'Days until the disk of the data folder is full, from the last week; +Inf while it does not become fuller',
        registers: [registry],
        collect: () => gauge.set(daysLeft() ?? Number.POSITIVE_INFINITY),
      });
    },
    stop: () => clearInterval(timer),
  };
}

/** A file that is not ours says nothing. */
async function readSamples(path: string): Promise<readonly Sample[]> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Value.Check(SamplesSchema, value) ? value : [];
  } catch {
    return [];
  }
}

/** Samples of less than a day say nothing: a backup, or a night without mail. */
export function daysUntilFull(samples: readonly Sample[]): number | null {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < dayMs) return null;
  const perDay = ((first.freeBytes - last.freeBytes) * dayMs) / (last.atMs - first.atMs);
  return perDay <= 0 ? null : Math.floor(last.freeBytes / perDay);
}
