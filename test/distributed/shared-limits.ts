import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueStatus } from '@postausgang/contracts';
import type { Test } from 'tap';
import { type NodeSink, startNodeSink } from '../peers/node-sink.ts';
import { waitFor } from '../peers/wait-for.ts';
import { type Cluster, sendToSink, serverPath } from './cluster.ts';
import { allSentOnce, submitAll } from './many-mails.ts';

const mailsPerMinute = 60;
/** One for each partition, so that none waits for its turn. All mailers together would open 15. */
const maxConnections = 12;
/** What two of three mailers have. */
const shareOfTwo = (mailsPerMinute * 2) / 3;
const windowMs = 60_000;
/** The limits of the day go up by this much, so that all mailers have to count what was sent before. */
const moreOfTheDay = 40;

interface Watch {
  readonly sink: NodeSink;
  /** When each message was there, on a clock that nobody sets. */
  readonly timesMs: readonly number[];
  /**
   * The most connections that mail had come over and that were open at one time. Those that a mailer opens when it puts
   * settings into service are beside the limit. Nothing else is allowed for: the sink answers in far less than the time
   * a connection rests at a hand-over, so no transaction overlaps.
   */
  readonly mostConnections: () => number;
  answerAtOnce(): void;
}

async function startWatch(t: Test): Promise<Watch> {
  const timesMs: number[] = [];
  let most = 0;
  let answerAfterMs = 400;
  const sink = await startNodeSink({
    capture: true,
    answerAfterMs: () => answerAfterMs,
    onMessage: () => void timesMs.push(performance.now()),
    onSendingConnections: (open) => {
      most = Math.max(most, open);
    },
  });
  t.teardown(sink.stop);
  return {
    sink,
    timesMs,
    mostConnections: () => most,
    answerAtOnce() {
      answerAfterMs = 0;
    },
  };
}

function mostWithin(timesMs: readonly number[], lengthMs: number): number {
  const counts = timesMs.map(
    (endMs, index) => timesMs.slice(0, index + 1).filter((atMs) => atMs > endMs - lengthMs).length,
  );
  return Math.max(0, ...counts);
}

/** Changes the outgoing server. Resolves when every mailer uses it, also one that has just been started. */
async function change({ configure }: Cluster, body: object): Promise<void> {
  const { headers } = await configure('GET', serverPath);
  const saved = await configure('PATCH', serverPath, {
    headers: { 'if-match': headers.get('etag') ?? '', prefer: 'wait=applied' },
    body,
  });
  if (saved.status !== 200) throw new Error(saved.text);
  await waitFor('every mailer to use the limits', async () => {
    const { body: status } = await configure('GET', `${serverPath}/apply-status`);
    return Reflect.get(Object(status), 'state') === 'applied' ? true : undefined;
  });
}

async function reports({ mailers, call }: Cluster): Promise<readonly QueueStatus[]> {
  const answers = await Promise.all(mailers().map((mailer) => call(mailer, 'GET', '/v1/queue')));
  return answers.map(({ body }) => body as QueueStatus);
}

type Limit = 'mailsPerMinute' | 'recipientsPerDay';

/** What is under way counts as used, so a limit may seem to be reached a moment earlier than it is. */
function isReached({ limits }: QueueStatus, limit: Limit): boolean {
  return (
    limits.reached?.detail === limit &&
    limits.reached.retryAt !== undefined &&
    limits.maxConnections.used === 0
  );
}

/** What all mailers say once this limit keeps each of them from sending, and they agree on what was sent. */
async function limitedBy(
  t: Test,
  cluster: Cluster,
  limit: Limit,
  leastOfTheDay: number,
): Promise<readonly QueueStatus[]> {
  const all = await waitFor(`every mailer to have reached ${limit}`, async () => {
    const said = await reports(cluster);
    const [used = 0, ...others] = new Set(said.map(({ limits }) => limits.recipientsPerDay.used));
    const agree = others.length === 0 && used >= leastOfTheDay;
    return agree && said.every((one) => isReached(one, limit)) ? said : undefined;
  });
  for (const { state, limits, asOf, emptyAt, mails } of all) {
    t.match({ state, code: limits.reached?.code }, { state: 'limited', code: 'rate-limited' });
    t.ok(Date.parse(limits.reached?.retryAt ?? '') > Date.parse(asOf), `${limit}: when it goes on`);
    const leastMs = limit === 'mailsPerMinute' ? mails.due * (windowMs / mailsPerMinute) : windowMs;
    t.ok(Date.parse(emptyAt ?? '') - Date.parse(asOf) >= leastMs, `${limit}: when all is sent`);
  }
  return all;
}

/** In each minute a mailer is killed in the midst of sending, and started again. */
async function killInEachMinute(cluster: Cluster, { sink }: Watch, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    // With a third of the limit this would take four minutes.
    await sink.waitForMessages(minute * mailsPerMinute + mailsPerMinute / 2, 150_000);
    await cluster.replace(minute % 3);
  }
}

/**
 * Three mailers share the limits of a server by nothing but the partitions they own, also while one of them is killed
 * and comes back: together they never exceed them, and use them.
 *
 * @param minutes how long to watch; 1: until the limit is reached, without waiting for the minute to end
 * @returns asserts that all mails were sent once. What a killed mailer had handed over is told only 45 s later; so this
 *   is for when those seconds have passed.
 */
export async function mailersShareLimits(
  t: Test,
  cluster: Cluster,
  minutes: number,
): Promise<() => Promise<void>> {
  const startedMs = performance.now();
  const watch = await startWatch(t);
  const { sink, timesMs } = watch;
  await change(cluster, { smtp: { port: sink.port }, limits: { maxConnections, mailsPerMinute } });
  const ids = await submitAll(cluster, 3 * mailsPerMinute * minutes, 100);
  await killInEachMinute(cluster, watch, minutes);
  if (minutes > 1) {
    await sleep((timesMs[0] ?? 0) + minutes * windowMs - performance.now());
  }
  const connections = watch.mostConnections();
  await change(cluster, { limits: { maxConnections: null } });
  const least = (minutes - 1) * mailsPerMinute + shareOfTwo;
  await sink.waitForMessages(least, 60_000);
  const [report] = await limitedBy(t, cluster, 'mailsPerMinute', least);
  const mails = mostWithin(timesMs, windowMs);

  const used = report?.limits.recipientsPerDay.used ?? 0;
  const recipientsPerDay = Math.max(100, used + moreOfTheDay);
  await change(cluster, { limits: { mailsPerMinute: null, recipientsPerDay } });
  const [last] = await limitedBy(t, cluster, 'recipientsPerDay', used + (moreOfTheDay * 2) / 3);
  const recipients = sink.messages.reduce((sum, message) => sum + message.recipients.length, 0);

  watch.answerAtOnce();
  await change(cluster, { limits: { recipientsPerDay: null } });
  await waitFor('the end of the queue', async () =>
    (await reports(cluster)).every(({ mails: { due, later } }) => due + later === 0) ? true : undefined,
  );
  await sendToSink(t, cluster);

  t.comment(
    `figures: ${mailsPerMinute} mails a minute: at most ${mails} in any, ${timesMs.length} in all; ` +
      `${maxConnections} connections: at most ${connections}; ` +
      `${recipientsPerDay} recipients a day: ${recipients}, ${last?.limits.recipientsPerDay.used} by the log; ` +
      `${Math.round((performance.now() - startedMs) / 1000)} s`,
  );
  t.ok(mails <= mailsPerMinute, `${mails} mails within a minute`);
  t.ok(connections <= maxConnections, `${connections} connections at one time`);
  t.ok(connections >= maxConnections / 3, `a mailer uses all of its share: ${connections}`);
  t.ok(recipients <= recipientsPerDay, `${recipients} recipients within a day`);
  return async () => {
    const figures = await allSentOnce(t, { ...cluster, sink }, ids);
    t.comment(`figures: ${ids.length} mails under limits, ${minutes} times a mailer killed: ${figures}`);
  };
}
