/** Two real mail servers for README.md and docs/tour.md. Prints how to reach them, runs until it is stopped. */
import { once } from 'node:events';
import { createCertificates } from './certificates.ts';
import { whatIsMissing } from './known-peers.ts';
import { startPostfix } from './postfix.ts';
import type { Postfix } from './postfix.ts';

// Should this program be killed, the servers outlive it only until then.
const LIFETIME_SECONDS = 12 * 3600;

const shellQuoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;

function variables(first: Postfix, second: Postfix): Record<string, string> {
  return {
    MAIL_HOST: first.host,
    MAIL_PORT: String(first.submissionPort),
    MAIL_USER: first.user,
    MAIL_PASSWORD: first.password,
    MAIL_CA: first.caFile,
    MAIL_BOX: `${first.mailbox}/new`,
    MAIL2_HOST: second.host,
    MAIL2_PORT: String(second.submissionPort),
    MAIL2_BOX: `${second.mailbox}/new`,
  };
}

async function main(): Promise<void> {
  const stayAlive = setInterval(() => undefined, 60_000);
  const told = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const certificates = await createCertificates();
  const started: Postfix[] = [];
  try {
    const start = (): Promise<Postfix> => startPostfix({ certificates, lifetimeSeconds: LIFETIME_SECONDS });
    const first = await start();
    started.push(first);
    const second = await start();
    started.push(second);
    for (const [name, value] of Object.entries(variables(first, second))) {
      console.log(`export ${name}=${shellQuoted(value)}`);
    }
    console.log('# Both servers take the same login, with STARTTLS. They end with Ctrl-C.');
    await told;
  } finally {
    for (const postfix of started) await postfix.stop();
    await certificates.remove();
    clearInterval(stayAlive);
  }
}

const missing = whatIsMissing('postfix') ?? whatIsMissing('openssl');
if (missing === undefined) {
  await main();
} else {
  console.error(missing);
  process.exitCode = 1;
}
