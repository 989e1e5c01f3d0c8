/* `npm start` is where the options of Node are chosen. Every other command that starts a service has to repeat them. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { parse } from 'yaml';
import { readDockerfile } from './dockerfile.ts';
import { optionsIn, startOptions } from './start-options.ts';
import { unitSetting } from './units.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');

test('every command that starts a service has the options of npm start', async (t) => {
  const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root });
  const inDocuments = documents.flatMap((path) =>
    read(path)
      .split('\n')
      .filter((line) => optionsIn(line) !== undefined)
      .map((command) => ({ path, command })),
  );
  const images = globSync('services/*/Dockerfile', { cwd: root }).map((path) => ({
    path,
    command: readDockerfile(`${root}/${path}`).command.join(' '),
  }));
  const units = globSync('deploy/systemd/*.service', { cwd: root }).map((path) => ({
    path,
    command: unitSetting(read(path), 'ExecStart').join(),
  }));
  t.ok(inDocuments.length >= 2 && images.length === 3 && units.length === 3, 'the commands are found');
  for (const { path, command } of [...inDocuments, ...images, ...units]) {
    t.same(optionsIn(command), startOptions(), path);
  }
});

test('docker-compose leaves the command to the image', async (t) => {
  const { services }: { services: Record<string, object> } = parse(read('docker-compose.yml'), {
    merge: true,
  });
  for (const [name, service] of Object.entries(services)) {
    if ('build' in service) t.notOk('command' in service || 'entrypoint' in service, name);
  }
});

test('the options are known to this Node and bring what the services use', async (t) => {
  const printed = execFileSync(process.execPath, [...startOptions(), '-p', 'typeof gc'], {
    cwd: root,
    encoding: 'utf8',
  });
  t.equal(printed.trim(), 'function', 'idle services can give memory back');
});

test('every option of npm start has a reason', async (t) => {
  const decision = read('docs/decisions/0021-start-options.md');
  for (const option of startOptions()) {
    t.ok(decision.includes(option), option);
  }
});
