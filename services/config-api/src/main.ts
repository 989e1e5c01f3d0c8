import { readKafkaConnection, readLogKeys } from '@postausgang/configuration';
import { proxyTrustOf, readAccountSettings, runService, tokenAuthentication } from '@postausgang/http';
import { readConfigApiVariables } from './config.ts';
import { startConfigApiServer } from './server.ts';

await runService({
  name: 'config-api',
  readVariables: readConfigApiVariables,
  checks: (variables) => [
    () => proxyTrustOf(variables),
    () => tokenAuthentication(variables, () => new Date()),
    () => readAccountSettings(variables),
    () => readKafkaConnection(variables),
    () => readLogKeys(variables),
  ],
  start: startConfigApiServer,
  print: console,
  banner: ({ address, adminKeyFile }) => [
    `Postausgang config-api listens on ${address} and takes requests`,
    adminKeyFile === undefined
      ? 'The admin key of the first start is no longer in its file.'
      : `The admin key is in ${adminKeyFile}`,
  ],
});
