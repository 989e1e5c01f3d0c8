import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { goModules } from '../peers/erp/go-modules.ts';
import { requirePeer } from '../peers/peer.ts';
import { generate, programFile, roundTrip, run } from './round-trip.ts';

test('a client of openapi-generator for Go compiles and works', async (t) => {
  if (!requirePeer(t, 'openapi-generator', 'go-client')) return;
  const directory = t.testdir({ client: {} });
  await generate('go', join(directory, 'client'), { packageName: 'client', withGoMod: 'false' });
  ['go.mod', 'go.sum'].forEach((name) => cpSync(join(goModules['go-client'], name), join(directory, name)));
  cpSync(programFile('main.go'), join(directory, 'main.go'));
  await run(['go', 'build', '-mod=mod', '-o', 'program', '.'], { cwd: directory, env: { GOPROXY: 'off' } });
  await roundTrip(t, [join(directory, 'program')]);
});
