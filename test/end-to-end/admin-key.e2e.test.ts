import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { callApi } from './service-process.ts';
import { startStandaloneProcess } from './standalone-process.ts';

const command = new URL('../../services/standalone/src/admin-key.ts', import.meta.url).pathname;

const run = (dataDirectory: string, ...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [command, ...args], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDirectory },
  });

test('whoever owns the machine makes another admin key when the last one is lost', async (t) => {
  const directory = join(t.testdir(), 'data');
  const before = await startStandaloneProcess(directory);
  await t.rejects(run(directory, '--new'), /in use by process/);
  await before.stop();
  await rm(join(directory, 'admin.key'));
  await t.rejects(run(directory), /Usage: npm run admin-key -- --new/);

  const { stdout } = await run(directory, '--new');
  t.match(stdout, /The new admin key is in .*admin\.key/);
  const key = (await readFile(join(directory, 'admin.key'), 'utf8')).trim();
  t.notMatch(stdout, key, 'the key itself is not printed');
  const after = await startStandaloneProcess(directory);
  t.teardown(() => after.stop());
  const { status, body } = await callApi(after.api, key, 'GET', '/v1/api-keys');
  t.equal(status, 200);
  t.match(body, { items: { length: 2 } }, 'the old key stays, to be revoked');
  t.match(JSON.stringify(body), /admin key made at the machine/, 'and everybody sees what was done');
});
