/**
 * `npm run -s admin-key -- --new`: another admin key for whoever owns the machine, when the last one is lost. The service
 * must be stopped, since the embedded log has one process.
 */
import { readStandaloneVariables } from './config.ts';
import { makeAdminKey } from './standalone.ts';

const [option, ...more] = process.argv.slice(2);
if (option !== '--new' || more.length > 0) {
  process.stderr.write('Usage: npm run admin-key -- --new\n');
  process.exit(2);
}
try {
  const variables = readStandaloneVariables();
  const path = await makeAdminKey(variables);
  process.stdout.write(`The new admin key is in ${path}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
