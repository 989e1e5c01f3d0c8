import { setTimeout as sleep } from 'node:timers/promises';
import { type StandaloneProcess, startStandaloneProcess } from '../../end-to-end/standalone-process.ts';
import { type NodeSink, startNodeSink } from '../../peers/node-sink.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { clockAhead } from '../clock.ts';
import { mailCounts, type MailSummary, settledMails } from '../all-mails.ts';
import { createSubmissions } from './clients.ts';
import { deliveriesOf } from './deliveries.ts';
import type { KillPoint } from './points.ts';

export interface KillRunOptions {
  readonly directory: string;
  /** Where each kill happens: at a named point, or at any time after the service listens. */
  readonly plan: readonly (KillPoint | 'any time')[];
  /** The plan begins anew until so many mails were accepted. */
  readonly leastMails: number;
  readonly onUnknown: 'hold' | 'resend';
  readonly onProgress: (line: string) => void;
}

export interface KillFigures {
  readonly kills: number;
  /** How often the service was ended at each named point. */
  readonly atPoint: ReadonlyMap<KillPoint, number>;
  /** Named points that were not come to; the service was ended from outside then. */
  readonly missed: readonly KillPoint[];
  readonly accepted: number;
  readonly sent: number;
  readonly unknown: number;
  /** Accepted mails the service does not know, or that have no outcome. */
  readonly lost: readonly string[];
  /** Mails that are `sent` and were taken another number of times than once. */
  readonly wronglySent: readonly string[];
  /** Mails that were taken more than once. */
  readonly repeated: number;
  /** Repeats of which a byte differs. */
  readonly differing: readonly string[];
}

/** Bounds what is unknown after a kill: each connection has one mail past its intent at most. */
export const connections = 4;

const preload = new URL('kill-points.ts', import.meta.url).href;
const longestRunMs = 15_000;
const server = '/v1/outgoing-servers/default';

const environmentFor = (directory: string, more: Readonly<Record<string, string>>) => ({
  SMTP_CONNECTIONS: String(connections),
  NODE_OPTIONS: `--import=${preload}`,
  // Starting is most of the time of a kill.
  NODE_COMPILE_CACHE: `${directory}/compiled`,
  ...more,
});

async function configure(directory: string, sink: NodeSink): Promise<void> {
  const service = await startStandaloneProcess(`${directory}/data`, environmentFor(directory, {}));
  const smtp = { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' };
  const senderAddress = { name: 'ACME', address: 'erp@acme.example' };
  await service.call('PUT', server, {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
  });
  await service.stop();
}

/** Kills the service again and again while mail is submitted, lets it come to rest, and judges what became of the mail. */
export async function runKills(options: KillRunOptions): Promise<KillFigures> {
  const { directory, plan, leastMails, onUnknown, onProgress } = options;
  const sink = await startNodeSink({ capture: true });
  const submissions = createSubmissions(onUnknown);
  const atPoint = new Map<KillPoint, number>();
  const missed: KillPoint[] = [];
  try {
    await configure(directory, sink);
    let count = 0;
    for (; count < plan.length || submissions.accepted.size < leastMails; count += 1) {
      const point = plan[count % plan.length] ?? 'any time';
      const { service, wasReached } = await start(directory, point);
      const working = submissions.submitUntilKilled(service);
      if (point === 'any time') await sleep(Math.random() * 400);
      else if (wasReached || (await diesWithin(working))) atPoint.set(point, (atPoint.get(point) ?? 0) + 1);
      else missed.push(point);
      await service.kill();
      await working;
      if ((count + 1) % 50 === 0) {
        onProgress(
          `${count + 1} kills, ${submissions.accepted.size} mails accepted, ${sink.messages.length} taken`,
        );
      }
    }
    const mails = await settle(directory, onUnknown);
    return { kills: count, atPoint, missed, ...judge(submissions.accepted, mails, sink) };
  } finally {
    await sink.stop();
  }
}

interface Started {
  readonly service: StandaloneProcess;
  /** The point came before the service listened; it was started once more then. */
  readonly wasReached: boolean;
}

async function start(directory: string, point: KillPoint | 'any time'): Promise<Started> {
  const data = `${directory}/data`;
  const plain = environmentFor(directory, {});
  if (point === 'any time') {
    return { service: await startStandaloneProcess(data, plain), wasReached: false };
  }
  const killing = environmentFor(directory, { KILL_AT: `${point}:${timesFor(point)}` });
  const service = await startStandaloneProcess(data, killing).catch(() => undefined);
  return service === undefined
    ? { service: await startStandaloneProcess(data, plain), wasReached: true }
    : { service, wasReached: false };
}

/** How often the point is passed before; the view commits four times a second, the others with every few mails. */
const timesFor = (point: KillPoint): number =>
  1 + Math.floor(Math.random() * (point.includes('view') ? 6 : 25));

const diesWithin = (working: Promise<void>): Promise<boolean> =>
  Promise.race([working.then(() => true), sleep(longestRunMs, false, { ref: false })]);

const hourMs = 3_600_000;

/** Lets everything come to its end. What is sent again waits for the schedule, so time is ahead then. */
async function settle(
  directory: string,
  onUnknown: 'hold' | 'resend',
): Promise<ReadonlyMap<string, MailSummary>> {
  // An hour later what was under way is told of, and what is put off then is due before the third.
  const ahead = onUnknown === 'resend' ? [hourMs, 3 * hourMs] : [0];
  for (const offset of ahead) {
    const environment = environmentFor(directory, clockAhead(offset));
    const service = await startStandaloneProcess(`${directory}/data`, environment);
    try {
      const isLast = offset === ahead.at(-1);
      if (isLast) return await settledMails(service, 240_000);
      await nothingUnderWay(service);
    } finally {
      await service.stop();
    }
  }
  throw new Error('mails that never came to an end');
}

const nothingUnderWay = (service: StandaloneProcess): Promise<boolean> =>
  waitFor(
    'an attempt for every mail',
    async () => {
      const { queued = 0, sending = 0 } = await mailCounts(service);
      return queued + sending === 0 ? true : undefined;
    },
    240_000,
  );

function judge(
  accepted: ReadonlySet<string>,
  mails: ReadonlyMap<string, MailSummary>,
  sink: NodeSink,
): Omit<KillFigures, 'kills' | 'atPoint' | 'missed'> {
  const { times, differing } = deliveriesOf(sink.messages);
  const all = [...mails.values()];
  const timesOf = ({ messageId }: MailSummary): number => times.get(messageId ?? '') ?? 0;
  const sent = all.filter(({ state }) => state === 'sent');
  return {
    accepted: accepted.size,
    sent: sent.length,
    unknown: all.filter(({ state }) => state === 'unknown').length,
    lost: [...accepted].filter((id) => !['sent', 'unknown'].includes(mails.get(id)?.state ?? '')),
    wronglySent: sent.filter((mail) => timesOf(mail) !== 1).map(({ id }) => id),
    repeated: [...times.values()].filter((count) => count > 1).length,
    differing,
  };
}

/** The figures in one line. */
export function figuresLine(figures: KillFigures): string {
  const points = [...figures.atPoint].map(([point, count]) => `${point} ${count}`).join(', ');
  return (
    `${figures.kills} kills, ${figures.accepted} mails accepted, ${figures.lost.length} lost, ${figures.sent} sent, ` +
    `${figures.unknown} unknown (${(figures.unknown / figures.kills).toFixed(2)} per kill), ${figures.repeated} repeated, ` +
    `${figures.differing.length} repeats that differ; ended at: ${points}; points missed: ${figures.missed.length}`
  );
}
