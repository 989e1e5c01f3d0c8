import { runService } from '@postausgang/http';
import { readMailerServerVariables } from './config.ts';
import { startMailerServer } from './server.ts';

await runService({
  readVariables: readMailerServerVariables,
  start: startMailerServer,
  print: console,
  banner: ({ address }) => [`Postausgang mailer listens on ${address}`],
});
