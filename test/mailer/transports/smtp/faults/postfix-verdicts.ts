import type { Test } from 'tap';
import type { Certificates } from '../../../../peers/certificates.ts';
import { startPostfix } from '../../../../peers/postfix.ts';
import { send } from '../../../../peers/send-mail.ts';
import { waitFor } from '../../../../peers/wait-for.ts';

/** What Postfix writes into its log at the end of an attempt. */
export type Verdict = 'sent' | 'deferred' | 'bounced';

export interface Trial {
  /** A domain of its own for each server. */
  readonly domain: string;
  readonly port: number;
  readonly message: string;
}

const seconds = '2s';
const timeLimits = [
  'connect',
  'helo',
  'starttls',
  'mail',
  'rcpt',
  'data_init',
  'data_xfer',
  'data_done',
  'quit',
];

const settings = (certificates: Certificates): Record<string, string> => ({
  ...Object.fromEntries(timeLimits.map((name) => [`smtp_${name}_timeout`, seconds])),
  // Without it a server that trickles is listened to for ever.
  smtp_per_request_deadline: 'yes',
  smtp_connection_cache_on_demand: 'no',
  smtp_tls_security_level: 'verify',
  smtp_tls_verify_cert_match: 'mail.test',
  smtp_tls_CAfile: certificates.ca.certificateFile,
  smtp_sasl_auth_enable: 'yes',
  smtp_sasl_password_maps: 'static:erp:secret',
  smtp_sasl_security_options: 'noanonymous',
  smtp_tls_protocols: '>=TLSv1.2',
});

/** Has a real Postfix send to two recipients at each server. The verdicts on the first and the later one, by domain. */
export async function verdictsOf(
  t: Test,
  certificates: Certificates,
  trials: readonly Trial[],
): Promise<ReadonlyMap<string, readonly Verdict[]>> {
  const relays = Object.fromEntries(trials.map(({ domain, port }) => [domain, { host: '127.0.0.1', port }]));
  const postfix = await startPostfix({ relays, settings: settings(certificates) });
  t.teardown(postfix.stop);
  for (const { domain, message } of trials) {
    const to = [`b@${domain}`, `c@${domain}`];
    await send({ port: postfix.plainPort, ignoreTLS: true }, { to, text: message });
  }
  return waitFor(
    'a verdict on every recipient',
    async () => {
      const verdicts = readVerdicts(await postfix.log());
      return trials.every(({ domain }) => verdicts.get(domain)?.filter(Boolean).length === 2)
        ? verdicts
        : undefined;
    },
    90_000,
  );
}

const line = /: to=<([bc])@([^>]+)>,.* status=(sent|deferred|bounced) /;

/** The first verdict on each recipient, which an attempt later on does not change. */
function readVerdicts(log: string): Map<string, Verdict[]> {
  const verdicts = new Map<string, Verdict[]>();
  for (const [, who, domain = '', status] of log.split('\n').flatMap((each) => [line.exec(each) ?? []])) {
    const found = verdicts.get(domain) ?? [];
    const place = who === 'b' ? 0 : 1;
    found[place] ??= status as Verdict;
    verdicts.set(domain, found);
  }
  return verdicts;
}
