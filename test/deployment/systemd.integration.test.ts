import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Test, test } from 'tap';
import { configApiVariables } from '../../services/config-api/src/config.ts';
import { mailerServerVariables, readMailerServerVariables } from '../../services/mailer/src/config.ts';
import { standaloneVariables } from '../../services/standalone/src/config.ts';
import { requirePeer } from '../peers/peer.ts';
import { callApi, startServiceProcess } from '../end-to-end/service-process.ts';
import { traceProcess } from '../torture/power-loss/trace.ts';
import { unitEnvironment, unitSetting } from './units.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** Where the units expect the repository. */
const home = '/opt/postausgang';
const units = globSync('deploy/systemd/*.service', { cwd: root }).map((path) => ({
  name: basename(path),
  text: readFileSync(join(root, path), 'utf8'),
}));
const unit = (name: string): string => units.find((one) => one.name === name)?.text ?? '';

const services = {
  'postausgang.service': standaloneVariables,
  'postausgang-mailer.service': mailerServerVariables,
  'postausgang-config-api.service': configApiVariables,
};

test('systemd accepts the units, and finds little that they could do beyond their work', async (t) => {
  if (!requirePeer(t, 'systemd')) return;
  t.equal(units.length, 3);
  const directory = t.testdir();
  // The interpreter and the folder must exist, so the copies name those of this machine.
  const node = dirname(process.execPath);
  const copies = units.map(({ name, text }) => ({
    path: join(directory, name),
    text: text.replaceAll(`${home}/node_modules/.bin`, node).replaceAll(home, root),
  }));
  for (const { path, text } of copies) await writeFile(path, text);
  for (const { path } of copies) {
    const analyze = (...args: readonly string[]) => promisify(execFile)('systemd-analyze', [...args, path]);
    const { stderr } = await analyze('verify', '--man=no');
    t.equal(stderr, '', `verify ${basename(path)}`);
    // The exposure times ten: 0 is none, 100 the most.
    const { stdout } = await analyze('security', '--offline=true', '--threshold=15');
    const exposure = /Overall exposure level.*: ([\d.]+)/.exec(stdout)?.[1];
    t.comment(`figures: exposure of ${basename(path)}: ${exposure}`);
    t.ok(exposure);
  }
});

test('the units set documented variables, to folders that the service may write to', async (t) => {
  for (const [name, variables] of Object.entries(services)) {
    const text = unit(name);
    const environment = unitEnvironment(text);
    const unknown = Object.keys(environment).filter((key) => !(key in variables.properties));
    t.same(unknown, ['NODE_ENV'], `${name} knows every variable, but one of Node`);
    const writable = [
      ...unitSetting(text, 'StateDirectory').map((folder) => `/var/lib/${folder}`),
      ...unitSetting(text, 'ReadWritePaths'),
    ];
    for (const [key, path] of Object.entries(environment)) {
      if (!/DATA_DIR|DIRECTORY|ADMIN_KEY_FILE|PUBLIC_KEYS_FILE/.test(key)) continue;
      t.ok(
        writable.some((folder) => path === folder || path.startsWith(`${folder}/`)),
        `${name}: ${key}`,
      );
    }
    const credentials = unitSetting(text, 'LoadCredential').map((line) => line.split(':')[0]);
    for (const path of Object.values(environment).filter((value) => value.startsWith('%d/'))) {
      t.ok(credentials.includes(path.slice(3)), `${name}: ${path} is a credential`);
    }
    const { STOP_GRACE_SECONDS: grace } = readMailerServerVariables({ KAFKA_BROKERS: 'kafka:9092' });
    t.ok(Number(unitSetting(text, 'TimeoutStopSec')) >= 2 * grace, 'there is time to stop');
  }
});

/** The standalone service, as its unit starts it. */
async function startUnit(t: Test) {
  const text = unit('postausgang.service');
  const [program = '', ...options] = unitSetting(text, 'ExecStart').join().split(' ');
  t.equal(program, `${home}/node_modules/.bin/node`);
  const state = join(t.testdir(), 'state');
  await mkdir(state, { mode: Number.parseInt(unitSetting(text, 'StateDirectoryMode').join(), 8) });
  const environment: Readonly<Record<string, string>> = { ...unitEnvironment(text), PORT: '0' };
  t.equal(environment['DATA_DIR'], '/var/lib/postausgang');
  // What is asked for is refused before any packet leaves.
  const service = await startServiceProcess(
    options,
    { ...environment, DATA_DIR: state, DENIED_MAIL_NETWORKS: '192.0.2.0/24' },
    root,
  );
  t.teardown(() => service.kill());
  return { ...service, state };
}

test('the command of the unit runs with its environment', async (t) => {
  const service = await startUnit(t);
  t.equal((await fetch(`${service.api}/health/ready`)).status, 200);
  t.equal(await service.stop(), 0);
});

test('whoever sends may open the sockets that a connection to a mail server takes', async (t) => {
  if (!requirePeer(t, 'strace')) return;
  const { api, pid, state } = await startUnit(t);
  const key = (await readFile(join(state, 'admin.key'), 'utf8')).trim();
  const trace = await traceProcess(pid, join(t.testdirName, 'trace'), 'socket');
  const { body } = await callApi(api, key, 'POST', '/v1/outgoing-servers/default/connection-tests', {
    headers: { prefer: 'wait=60' },
    body: { draft: { smtp: { hostname: '192.0.2.1', encryption: 'none', authentication: 'none' } } },
  });
  t.match(body, { steps: [{ name: 'resolve' }] }, 'the address is judged');
  const used = (await trace.end()).map(({ text }) => /^AF_\w+/.exec(text)?.[0] ?? text);
  t.ok(used.includes('AF_NETLINK'), 'the addresses of this machine are looked up');
  for (const name of ['postausgang.service', 'postausgang-mailer.service']) {
    const allowed = unitSetting(unit(name), 'RestrictAddressFamilies').join().split(' ');
    t.same(
      used.filter((family) => !allowed.includes(family)),
      [],
      name,
    );
  }
});

test('the page names every unit, user, folder and file that the units need', async (t) => {
  const page = readFileSync(join(root, 'docs', 'install-systemd.md'), 'utf8');
  for (const { name, text } of units) {
    const needed = [
      name,
      ...unitSetting(text, 'User'),
      ...unitSetting(text, 'Group'),
      ...unitSetting(text, 'WorkingDirectory'),
      ...unitSetting(text, 'ReadWritePaths'),
      ...unitSetting(text, 'EnvironmentFile').map((path) => path.replace(/^-/, '')),
      ...unitSetting(text, 'LoadCredential').map((line) => line.split(':')[1] ?? line),
    ];
    for (const one of needed) t.ok(page.includes(one), `${name}: ${one}`);
  }
});
