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

/** The commands of the README's first mail and of the tour that continues there, block by block, word for word. */
function tourBlocks(): string[] {
  const sections = read('README.md').split(/^## /m);
  const firstMail = sections.find((section) => section.startsWith('One mail\n')) ?? '';
  return [...shellBlocks(firstMail), ...shellBlocks(read('docs/tour.md'))];
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
  const stopAll = 'kill %2 %1; wait';
  const script = [
    'set -eum',
    'trap "kill %2 %1" TERM',
    ...blocks.flatMap((block) => [block, `echo; echo '${mark}'`]),
    stopAll,
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
    const giveUp = setTimeout(() => bash.kill(), 90_000);
    bash.once('close', (code) => {
      clearTimeout(giveUp);
      resolve({ code, printed: everything.split(mark), everything });
    });
  });
}

test("the README's first mail and the tour work word for word", async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const directory = t.testdir();
  linkCheckout(directory);
  const blocks = tourBlocks();
  t.equal(blocks.length, 11, 'README and tour have their blocks');
  const { code, printed, everything } = await runTour(directory, blocks, await freePort());
  if (code !== 0) t.comment(everything);
  t.equal(code, 0, 'every command ends well');
  const [, , saved, firstSent, firstArrived, tested, sent, arrived, changed, , history] = printed;
  t.match(saved, /"version":1,.*"applied":\{"state":"applied"/s, 'saved and in use');
  t.match(firstSent, /"messageId":".*"state":"(queued|sending|sent)"/, 'the first mail is accepted');
  for (const status of [firstArrived, arrived]) {
    t.match(
      status,
      /"outcome":"sent","reply":"250 2\.0\.0 Ok: queued/,
      'the status names the reply of the server',
    );
  }
  t.match(tested, /"state":"ok".*"name":"authenticate","state":"ok"/s, 'the connection test passes');
  t.match(sent, /"messageId":".*"state":"(queued|sending|sent)"/, 'the mail with a PDF is accepted');
  t.match(changed, /"version":2,.*"applied":\{"state":"applied"/s, 'the change is in use');
  t.match(
    history,
    /"reason":"new provider".*"reason":"first setup".*"version":3/s,
    'the history tells, and the revert is done',
  );
  t.match(everything, /"msg":"stopping/, 'the service stops in good order');
});
