import { runService } from '@postausgang/http';
import { readMailerServerVariables } from './config.ts';
import { startMailerServer } from './server.ts';

await runService({
  name: 'mailer',
  instanceOf: ({ MAILER_ID: id }) => id,
  readVariables: readMailerServerVariables,
  start: startMailerServer,
  print: console,
  banner: ({ address }) => [`Postausgang mailer listens on ${address} and takes requests`],
});
