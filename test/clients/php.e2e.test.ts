import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { requirePeer } from '../peers/peer.ts';
import { generate, programFile, roundTrip } from './round-trip.ts';

test('a client of openapi-generator for PHP works', async (t) => {
  if (!requirePeer(t, 'openapi-generator', 'php-client')) return;
  const directory = t.testdir();
  await generate('php', join(directory, 'client'));
  cpSync(programFile('main.php'), join(directory, 'main.php'));
  await roundTrip(t, ['php', join(directory, 'main.php')]);
});
