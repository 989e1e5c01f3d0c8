/**
 * `node services/config-api/src/admin-key.ts --new`: another admin key for whoever owns the machine and has the keys that
 * sign the log. It has the variables of config-api, and the services go on meanwhile.
 */
import { readConfigApiVariables } from './config.ts';
import { runAdminKeyCommand } from './new-admin-key.ts';
import { makeAdminKeyOverKafka } from './server.ts';

const code = await runAdminKeyCommand({
  options: process.argv.slice(2),
  make: () => makeAdminKeyOverKafka(readConfigApiVariables()),
  out: process.stdout,
  err: process.stderr,
});
process.exit(code);
