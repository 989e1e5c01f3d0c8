import type { OutgoingServerView } from '@postausgang/contracts';
import type { Test } from 'tap';
import { type Cluster, serverPath } from './cluster.ts';

const changes = 40;

/** How long a change takes from the request until all mailers have built their transport anew and said so. */
export async function changesReachEveryMailer(t: Test, { configure }: Cluster): Promise<void> {
  const durationsMs: number[] = [];
  for (let change = 1; change <= changes; change += 1) {
    const { headers } = await configure('GET', serverPath);
    const startedAt = performance.now();
    const { body } = await configure('PATCH', serverPath, {
      headers: { 'if-match': headers.get('etag') ?? '', prefer: 'wait=applied' },
      body: { timeoutSeconds: 60 + change },
    });
    durationsMs.push(performance.now() - startedAt);
    const { applied, version } = body as OutgoingServerView;
    if (applied.state !== 'applied' || applied.mailers.length !== 3)
      t.fail(`version ${version} is ${applied.state}`);
  }
  const sorted = durationsMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * changes) - 1] ?? 0);
  t.equal(durationsMs.length, changes);
  t.comment(`${changes} changes effective on 3 mailers: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

/** A password goes through config-api, which has only the public keys, and a mailer opens it. */
export async function mailersOpenWhatConfigApiSealed(t: Test, { configure }: Cluster): Promise<void> {
  const smtp = {
    authentication: 'password',
    username: 'erp',
    password: 'Kanarienvogel-2718',
    allowCleartextAuthentication: true,
  };
  const { body } = await configure('POST', `${serverPath}/connection-tests`, {
    headers: { prefer: 'wait=30' },
    body: { draft: { smtp } },
  });
  t.match(body, { state: 'failed', draft: true });
  const { steps } = body as {
    readonly steps: readonly { readonly state: string; readonly hint?: { code: string } }[];
  };
  const failed = steps.find(({ state }) => state === 'failed');
  t.equal(failed?.hint?.code, 'authentication-not-offered', 'opened, and then not asked for by the sink');
}
