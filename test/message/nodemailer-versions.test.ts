/*
 * What this service relies on in nodemailer: its public modules, in every version from the first 10 to the newest one. The
 * versions beside the pinned one are installed as `nodemailer-oldest` and `nodemailer-newest`.
 */
import { execFile } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { test } from 'tap';

const run = promisify(execFile);

const others = ['nodemailer-oldest', 'nodemailer-newest'];

/** Tests of everything that imports nodemailer, and of SMTP, which is compared with it. */
const files = [
  'test/message/composed-message.test.ts',
  'test/message/header-fields.test.ts',
  'test/message/finished-message.test.ts',
  'test/message/smime/resends.test.ts',
  'test/mailer/transports/exchange/graph.integration.test.ts',
  'test/mailer/transports/smtp/nodemailer-comparison.test.ts',
  'test/mailer/transports/smtp/staged-test.test.ts',
  'test/mailer/transports/smtp/transport.test.ts',
];

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

const manifestOf = async (name: string): Promise<Manifest> =>
  JSON.parse(await readFile(`node_modules/${name}/package.json`, 'utf8')) as Manifest;

const runWith = (name: string, ...what: readonly string[]) =>
  run(process.execPath, ['--import=./test/tooling/other-nodemailer.ts', ...what], {
    env: { ...process.env, NODEMAILER: name, TAP_TIMEOUT: '600' },
    maxBuffer: 64_000_000,
  });

for (const name of others) {
  test(`everything that uses nodemailer works with ${name}`, async (t) => {
    const { version } = await manifestOf(name);
    const program = `console.log(new (await import('nodemailer/lib/smtp-connection')).default({}).version)`;
    const { stdout } = await runWith(name, '--input-type=module', `--eval=${program}`);
    t.equal(stdout.trim(), version, 'it is the version that the tests get');
    for (const file of files) {
      await t.resolves(
        runWith(name, '--import=./test/tooling/plain-children.ts', file),
        `${version}: ${file}`,
      );
    }
  });
}

async function usersOfNodemailer(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const file of glob('{packages,services}/*/src/**/*.ts')) {
    const source = await readFile(file, 'utf8');
    if (/from 'nodemailer/.test(source)) found.set(file, source);
  }
  return found;
}

test('only modules that nodemailer exports by name are used, in every version', async (t) => {
  const sources = [...(await usersOfNodemailer()).values()].join('\n');
  const modules = new Set(
    [...sources.matchAll(/from 'nodemailer(\/[^']*)?'/g)].map(([, path = '']) => `.${path}`),
  );
  t.same([...modules].toSorted(), ['./lib/addressparser', './lib/mime-funcs', './lib/mime-node']);
  for (const name of ['nodemailer', ...others]) {
    const { exports } = await manifestOf(name);
    for (const module of modules) t.ok(Object.hasOwn(exports, module), `${name} exports ${module}`);
  }
});

test('nothing private of nodemailer is used', async (t) => {
  const used = [...(await usersOfNodemailer())].flatMap(([file, source]) =>
    [...source.matchAll(/(?:\.|override )(_[a-z]\w*)/gi)].map(([, member]) => `${file} ${member}`),
  );
  t.same(used, []);
});

test('the versions are the first one of the range, the pinned one, and the newest one, which is not older', async (t) => {
  const [oldest, pinned, newest] = await Promise.all(
    ['nodemailer-oldest', 'nodemailer', 'nodemailer-newest'].map(manifestOf),
  );
  t.equal(oldest?.version, '10.0.0');
  t.match(newest?.version, /^10\./);
  const order = (newest?.version ?? '').localeCompare(pinned?.version ?? '', 'en', { numeric: true });
  t.ok(order >= 0, `${newest?.version} is not before ${pinned?.version}`);
});
