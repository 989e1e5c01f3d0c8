import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Test, test } from 'tap';
import { fetchJars } from '../peers/jars.ts';
import { startKafka } from '../peers/kafka/kafka.ts';
import type { PeerName } from '../peers/known-peers.ts';
import { startNodeSink } from '../peers/node-sink.ts';
import { requirePeer } from '../peers/peer.ts';
import { fetchPythonPackages } from '../peers/python-packages.ts';
import { waitFor } from '../peers/wait-for.ts';
import { serverPath } from './cluster.ts';
import { startTwoServices } from './two-services.ts';

/** A compiler begins with nothing in its cache. */
const compilingMs = 300_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, 'test/peers/erp');
const document = readFileSync(join(root, 'docs/erp-over-kafka.md'), 'utf8');

/** The programs of a language in the document: the first sends, the second follows. */
function programs(language: string): readonly [string, string] {
  const [send, follow, ...more] = [
    ...document.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms')),
  ].map(([, program = '']) => program);
  if (send === undefined || follow === undefined || more.length > 0) {
    throw new Error(`The document must have two programs in ${language}`);
  }
  return [send, follow];
}

interface Language {
  readonly peer?: PeerName;
  /** Puts a program into a folder of its own and says how to run it. */
  prepare(program: string, directory: string): readonly [string, ...string[]];
  readonly environment?: () => Readonly<Record<string, string>>;
}

const languages: Readonly<Record<string, Language>> = {
  sh: { peer: 'kcat', prepare: (program, directory) => ['sh', written(directory, 'mail.sh', program)] },
  java: {
    prepare(program, directory) {
      const file = written(directory, 'Mail.java', program);
      return ['java', '-cp', `${fetchJars('kafka')}/*`, file];
    },
  },
  python: {
    peer: 'confluent-kafka',
    prepare: (program, directory) => ['python3', written(directory, 'mail.py', program)],
    environment: () => ({ PYTHONPATH: fetchPythonPackages('confluent-kafka') }),
  },
  go: {
    peer: 'kafka-go',
    prepare(program, directory) {
      ['go.mod', 'go.sum'].forEach((name) => cpSync(join(modules, name), join(directory, name)));
      written(directory, 'main.go', program);
      return ['go', 'run', '.'];
    },
  },
  js: { prepare: (program, directory) => [process.execPath, written(directory, 'mail.mjs', program)] },
};

function written(directory: string, name: string, program: string): string {
  const file = join(directory, name);
  writeFileSync(file, program);
  return file;
}

interface Running {
  readonly child: ChildProcess;
  output(): string;
}

function run(
  { prepare, environment }: Language,
  program: string,
  place: { readonly directory: string; readonly brokers: readonly string[] },
  id: string,
): Running {
  mkdirSync(place.directory, { recursive: true });
  const [command, ...given] = prepare(program, place.directory);
  // A group of its own, which can be ended with the programs that it has started.
  const child = spawn(command, [...given, id], {
    cwd: place.directory,
    env: { ...process.env, ...environment?.(), KAFKA_BROKERS: place.brokers.join() },
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return { child, output: () => output };
}

/** A mail service over a broker that keeps the names of topics as the document has them. */
async function startProduct(t: Test) {
  const { brokers, stop } = await startKafka();
  t.teardown(stop);
  const sink = await startNodeSink({ capture: true });
  t.teardown(sink.stop);
  const services = await startTwoServices({ brokers, topicPrefix: '' }, join(t.testdir(), 'services'));
  t.teardown(services.stop);
  const saved = await services.call('PUT', serverPath, {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' },
    },
  });
  t.match(saved.body, { applied: { state: 'applied' } });
  return { brokers, sink };
}

test('the programs of the document send a mail and follow it', { timeout: 900_000 }, async (t) => {
  if (!requirePeer(t, 'kafka')) return;
  const { brokers, sink } = await startProduct(t);
  const directory = t.testdirName;
  const ids: string[] = [];
  for (const [name, language] of Object.entries(languages)) {
    await t.test(name, async (tt) => {
      if (language.peer !== undefined && !requirePeer(tt, language.peer)) return;
      const [send, follow] = programs(name);
      const id = `invoice-${name}`;
      ids.push(id);
      const place = (step: string) => ({ brokers, directory: join(directory, name, step) });
      const sending = run(language, send, place('send'), id);
      const [code] = await once(sending.child, 'close');
      tt.equal(code, 0, sending.output());
      const following = run(language, follow, place('follow'), id);
      const ended = once(following.child, 'close');
      tt.teardown(async () => {
        if (following.child.exitCode === null) process.kill(-(following.child.pid ?? 0), 'SIGKILL');
        await ended;
      });
      const line = await waitFor(
        `the outcome of ${id}`,
        () =>
          following
            .output()
            .split('\n')
            .find((one) => one.includes('io.postausgang.mail-sent.v1') && one.includes(`"${id}"`)),
        compilingMs,
      );
      tt.match(line, /"state":"sent"/);
    });
  }
  t.equal(sink.messages.length, ids.length, 'each mail was sent once');
});
