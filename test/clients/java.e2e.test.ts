import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { fetchJars } from '../peers/jars.ts';
import { requirePeer } from '../peers/peer.ts';
import { generate, programFile, roundTrip, run, utf8 } from './round-trip.ts';

test('a client of openapi-generator for Java compiles and works', async (t) => {
  if (!requirePeer(t, 'openapi-generator', 'java-client')) return;
  const directory = t.testdir();
  const sources = join(directory, 'client/src/main/java');
  await generate('java', join(directory, 'client'), { library: 'native', openApiNullable: 'false' });
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });
  const written = files.filter((file) => file.endsWith('.java')).map((file) => join(sources, file));
  const jars = `${fetchJars('java-client')}/*`;
  const options = ['-nowarn', '-proc:none', '-encoding', 'UTF-8', '-cp', jars, '-d', 'classes'];
  await run(['javac', ...options, ...written, programFile('Main.java')], { cwd: directory });
  await roundTrip(t, ['java', ...utf8, '-cp', `${join(directory, 'classes')}:${jars}`, 'Main'], {
    sent: ['Rechnung 4711'],
  });
});
