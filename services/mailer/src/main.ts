import { readKafkaConnection, readLogKeys, readProducerKeys } from '@postausgang/configuration';
import { proxyTrustOf, runService, tokenAuthentication } from '@postausgang/http';
import { mailerChecks, readMailerServerVariables } from './config.ts';
import { startMailerServer } from './server.ts';

await runService({
  name: 'mailer',
  instanceOf: ({ MAILER_ID: id }) => id,
  readVariables: readMailerServerVariables,
  checks: (variables) => [
    () => proxyTrustOf(variables),
    () => tokenAuthentication(variables, () => new Date()),
    () => readKafkaConnection(variables),
    () => readLogKeys(variables),
    () => readProducerKeys(variables.KAFKA_PRODUCER_KEYS, variables.KAFKA_PRODUCER_KEYS_FILE),
    ...mailerChecks(variables),
  ],
  start: startMailerServer,
  print: console,
  banner: ({ address }) => [`Postausgang mailer listens on ${address} and takes requests`],
});
