import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'tap';
import { freePort } from '../peers/free-port.ts';
import { requirePeer } from '../peers/peer.ts';

const root = new URL('../../', import.meta.url).pathname;

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const shellBlocks = (text: string): string[] =>
  [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block);

/** The commands of the README's first mail, block by block, word for word. */
function firstSteps(): string[] {
  const sections = read('README.md').split(/^## /m);
  return shellBlocks(sections.find((section) => section.startsWith('One mail\n')) ?? '');
}

/** A folder that looks like a fresh checkout, so that the tour's `data` is nobody else's. */
function linkCheckout(directory: string): void {
  for (const name of readdirSync(root).filter((entry) => !['data', '.git', '.tap'].includes(entry))) {
    symlinkSync(join(root, name), join(directory, name));
  }
}

interface TourRun {
  readonly code: number | null;
  /** What each block has printed. */
  readonly printed: readonly string[];
  readonly everything: string;
}

const mark = '=== end of block ===';

/** What a newcomer has: npm has put the project's own programs in front for the tests. */
const newcomersPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

function runTour(directory: string, blocks: readonly string[], port: number): Promise<TourRun> {
  // Each job is a group of processes: npm, and what it has started.
  const stopAll = 'for job in $(jobs -p); do kill -- -$job; done';
  const script = [
    'set -eum',
    `trap '${stopAll}' TERM`,
    ...blocks.flatMap((block) => [block, `echo; echo '${mark}'`]),
    `${stopAll}; wait`,
  ].join('\n');
  const bash = spawn('bash', ['-c', script], {
    cwd: directory,
    env: { ...process.env, PATH: newcomersPath, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let everything = '';
  bash.stdout.on('data', (chunk) => (everything += chunk));
  bash.stderr.on('data', (chunk) => (everything += chunk));
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => bash.kill(), 150_000);
    bash.once('close', (code) => {
      clearTimeout(giveUp);
      resolve({ code, printed: everything.split(mark), everything });
    });
  });
}

test('the first steps of the README work word for word with nothing else at hand', async (t) => {
  const directory = t.testdir();
  linkCheckout(directory);
  const blocks = firstSteps();
  t.equal(blocks.length, 6, 'start, save, test, send, see, change');
  const { code, printed, everything } = await runTour(directory, blocks, await freePort());
  if (code !== 0) t.comment(everything);
  t.equal(code, 0, 'every command ends well');
  const [, saved, tested, sent, arrived, changed] = printed;
  t.match(saved, /"version":1,.*"applied":\{"state":"applied"/s, 'saved and in use');
  t.match(tested, /"state":"ok".*"name":"authenticate","state":"ok"/s, 'the connection test passes');
  t.match(sent, /"messageId":".*"state":"(queued|sending|sent)"/, 'the mail is accepted');
  t.match(arrived, /"sender":"erp@acme\.example".*"subject":"Order 4710"/, 'and arrives');
  t.match(
    changed,
    /"version":2,.*"sender":"sales@acme\.example".*Order 4711/s,
    'the next one goes the new way',
  );
  t.match(everything, /"msg":"stopping/, 'the service stops in good order');
});

test('the tour continues there with real mail servers, word for word', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const directory = t.testdir();
  linkCheckout(directory);
  const tour = shellBlocks(read('docs/tour.md'));
  t.equal(tour.length, 9, 'the tour has its blocks');
  const first = firstSteps();
  const { code, printed, everything } = await runTour(directory, [...first, ...tour], await freePort());
  if (code !== 0) t.comment(everything);
  t.equal(code, 0, 'every command ends well');
  const [, , saved, tested, sent, arrived, changed, , history] = printed.slice(first.length);
  t.match(saved, /"version":3,.*"applied":\{"state":"applied"/s, 'saved and in use');
  t.match(tested, /"state":"ok".*"name":"authenticate","state":"ok"/s, 'the connection test passes');
  t.match(sent, /"messageId":".*"state":"(queued|sending|sent)"/, 'the mail with a PDF is accepted');
  t.match(
    arrived,
    /"outcome":"sent","reply":"250 2\.0\.0 Ok: queued/,
    'the status names the reply of the server',
  );
  t.match(changed, /"version":4,.*"applied":\{"state":"applied"/s, 'the change is in use');
  t.match(
    history,
    /"reason":"new provider".*"reason":"a real server".*"version":5/s,
    'the history tells, and the revert is done',
  );
  t.match(everything, /"msg":"stopping/, 'the service stops in good order');
});
