/**
 * `npm run -s admin-key -- --new`: another admin key for whoever owns the machine, when the last one is lost. With the
 * variables of the standalone service, which must be stopped, since the embedded log has one process. Where `KAFKA_BROKERS`
 * is set, with those of config-api, and all services go on.
 */
import { makeAdminKeyOverKafka, readConfigApiVariables, runAdminKeyCommand } from '@postausgang/config-api';
import { isOverKafka, readStandaloneVariables } from './config.ts';
import { makeAdminKey } from './standalone.ts';

const code = await runAdminKeyCommand({
  options: process.argv.slice(2),
  make: () =>
    isOverKafka() ? makeAdminKeyOverKafka(readConfigApiVariables()) : makeAdminKey(readStandaloneVariables()),
  out: process.stdout,
  err: process.stderr,
});
process.exit(code);
