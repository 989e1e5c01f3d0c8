import type { ApiKeyList, CreatedApiKey, OutgoingServerView } from '@postausgang/contracts';
import type { Test } from 'tap';
import { callApi } from '../end-to-end/service-process.ts';
import { waitFor } from '../peers/wait-for.ts';
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

/** Each mailer tells config-api which keys it has accepted. */
export async function keysUsedAtMailersAreListed(t: Test, { configure, mailers }: Cluster): Promise<void> {
  for (const mailer of mailers()) {
    const { body } = await configure('POST', '/v1/api-keys', {
      body: { name: 'erp', scopes: ['mail:read'] },
    });
    const { id, key, lastUsedAt } = body as CreatedApiKey;
    t.equal(lastUsedAt, null);
    await waitFor('the key', async () => {
      const { status } = await callApi(mailer.api, key, 'GET', '/v1/mails');
      return status === 200 ? true : undefined;
    });
    const usedAt = await waitFor('its use', async () => {
      const { items } = (await configure('GET', '/v1/api-keys')).body as ApiKeyList;
      return items.find((one) => one.id === id)?.lastUsedAt ?? undefined;
    });
    t.ok(Number.isFinite(Date.parse(usedAt)));
  }
}
