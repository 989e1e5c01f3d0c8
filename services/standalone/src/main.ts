import { proxyTrustOf, readAccountSettings, runService, tokenAuthentication } from '@postausgang/http';
import { mailerChecks } from '@postausgang/mailer';
import { isStartedByNpm, readStandaloneVariables } from './config.ts';
import { startStandalone } from './standalone.ts';

await runService({
  name: 'postausgang',
  instanceOf: ({ MAILER_ID: id }) => id,
  readVariables: readStandaloneVariables,
  checks: (variables) => [
    () => proxyTrustOf(variables),
    () => tokenAuthentication(variables, () => new Date()),
    () => readAccountSettings(variables),
    ...mailerChecks(variables),
  ],
  start: startStandalone,
  startedByNpm: isStartedByNpm(),
  print: console,
  banner: ({ address, adminKeyFile, startLink }) => [
    `Postausgang listens on ${address} and takes requests`,
    `Swagger UI is at ${address}/docs, the OpenAPI document at ${address}/openapi.json`,
    adminKeyFile === undefined
      ? 'The admin key of the first start is no longer in its file.'
      : `The admin key is in ${adminKeyFile}`,
    ...(startLink === undefined ? [] : [`Open ${startLink} to begin: within an hour, once, on this machine`]),
  ],
});
