import { join } from 'node:path';
import { test } from 'tap';
import { requirePeer } from '../peers/peer.ts';
import { fetchPythonPackages } from '../peers/python-packages.ts';
import { generate, programFile, roundTrip } from './round-trip.ts';

test('a client of openapi-generator for Python works', async (t) => {
  if (!requirePeer(t, 'openapi-generator', 'python-client')) return;
  const client = join(t.testdir(), 'client');
  await generate('python', client, { packageName: 'postausgang_client' });
  const env = { PYTHONPATH: `${client}:${fetchPythonPackages('python-client')}` };
  await roundTrip(t, ['python3', programFile('main.py')], { env });
});
