import { runService } from '@postausgang/http';
import { readConfigApiVariables } from './config.ts';
import { startConfigApiServer } from './server.ts';

await runService({
  readVariables: readConfigApiVariables,
  start: startConfigApiServer,
  print: console,
  banner: ({ address, adminKeyFile }) => [
    `Postausgang config-api listens on ${address}`,
    adminKeyFile === undefined
      ? 'The admin key of the first start is no longer in its file.'
      : `The admin key lies in ${adminKeyFile}`,
  ],
});
