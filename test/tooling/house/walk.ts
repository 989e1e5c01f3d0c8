/**
 * How the way of one mail, one save and one connection test goes through the house: the files that are entered, how often
 * the way changes from file to file, and how often it comes back to a file it had left. `npm run house` prints it,
 * `walk.e2e.test.ts` holds it.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StandaloneProcess, startStandaloneProcess } from '../../end-to-end/standalone-process.ts';
import { type NodeSink, startNodeSink } from '../../peers/node-sink.ts';
import { waitFor } from '../../peers/wait-for.ts';
import type { Trace } from './trace.ts';

export interface Walk {
  readonly files: number;
  readonly changes: number;
  readonly returns: number;
}

export interface Walks {
  readonly mail: Walk;
  readonly save: Walk;
  readonly connectionTest: Walk;
}

const hook = new URL('trace.ts', import.meta.url).href;
/** A service that has nothing to do enters a few functions now and then. */
const quietEntries = 20;
const lookEveryMs = 300;

export async function measureWalks(): Promise<Walks> {
  const folder = await mkdtemp(join(tmpdir(), 'postausgang-walk-'));
  const sinks = [await startNodeSink(), await startNodeSink()] as const;
  const service = await startStandaloneProcess(join(folder, 'data'), {
    WALK_FOLDER: folder,
    NODE_OPTIONS: `--import=${hook}`,
    LOG_LEVEL: 'error',
  });
  try {
    return await walkThrough(service, sinks, createTracer(service, folder));
  } finally {
    await service.stop();
    await Promise.all(sinks.map((sink) => sink.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

type Trail = (act: () => Promise<unknown>) => Promise<Walk>;

/** Everything is done once before it is measured: what only the first one enters is a start, not the way. */
async function walkThrough(
  service: StandaloneProcess,
  [first, second]: readonly [NodeSink, NodeSink],
  trail: Trail,
): Promise<Walks> {
  let version = 0;
  const save = async ({ port }: NodeSink): Promise<void> => {
    const smtp = { hostname: '127.0.0.1', port, encryption: 'none', authentication: 'none' };
    const body = { enabled: true, serverType: 'smtp', senderAddress: { address: 'erp@acme.example' }, smtp };
    const headers = { 'if-match': `"${version}"`, prefer: 'wait=applied' };
    await succeed(service, 'PUT', '/v1/outgoing-servers/default', body, headers);
    version += 1;
  };
  const mail = async (sink: NodeSink): Promise<void> => {
    const attachments = [{ filename: 'a.pdf', contentType: 'application/pdf', content: 'JVBERi0xLjQK' }];
    const before = sink.counts().messages;
    await succeed(service, 'POST', '/v1/mails', {
      to: [{ address: 'k@example.com' }],
      subject: 'S',
      text: 'Anbei.',
      attachments,
    });
    await sink.waitForMessages(before + 1);
  };
  const test = (): Promise<void> =>
    succeed(service, 'POST', '/v1/outgoing-servers/default/connection-tests', {}, { prefer: 'wait=20' });
  await save(first);
  await mail(first);
  await test();
  await save(second);
  await mail(second);
  await trail(() => save(first));
  await mail(first);
  return {
    mail: await trail(() => mail(first)),
    save: await trail(() => save(second)),
    connectionTest: await trail(test),
  };
}

async function succeed(
  { call }: StandaloneProcess,
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const answer = await call(method, path, { body, headers });
  if (answer.status >= 300) {
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

/** Runs an act, and measures everything until the service is quiet again. */
function createTracer({ pid }: Pick<StandaloneProcess, 'pid'>, folder: string): Trail {
  let read = 0;
  const take = async (): Promise<Trace> => {
    process.kill(pid, 'SIGUSR2');
    const path = join(folder, `walk-${read}.json`);
    read += 1;
    return waitFor(path, () =>
      readFile(path, 'utf8')
        .then((text) => JSON.parse(text) as Trace)
        // Not there yet, or not all of it.
        .catch(() => undefined),
    );
  };
  const untilQuiet = async (): Promise<readonly string[]> => {
    const way: string[] = [];
    for (;;) {
      await sleep(lookEveryMs);
      const { files, entered } = await take();
      // Not spread: a start enters more functions than a call takes arguments.
      for (const index of entered) way.push(files[index] ?? '');
      if (entered.length <= quietEntries) {
        return way;
      }
    }
  };
  return async (act) => {
    await untilQuiet();
    await act();
    return walkOf(await untilQuiet());
  };
}

function walkOf(way: readonly string[]): Walk {
  const seen = new Set<string>();
  let changes = 0;
  let returns = 0;
  for (const [index, file] of way.entries()) {
    if (file !== way[index - 1]) {
      changes += index === 0 ? 0 : 1;
      returns += seen.has(file) ? 1 : 0;
      seen.add(file);
    }
  }
  return { files: seen.size, changes, returns };
}
