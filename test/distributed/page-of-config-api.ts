import type { Test } from 'tap';
import { waitFor } from '../peers/wait-for.ts';
import { type Cluster, serverPath } from './cluster.ts';

/** What the page needs of a config-api that has no mails of its own: events out of Kafka, and the mails of a mailer. */
export async function pageOfConfigApi(t: Test, { configApi, configure, key }: Cluster): Promise<void> {
  t.equal((await fetch(`${configApi.api}/`)).status, 200);
  const signedIn = await fetch(`${configApi.api}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ credential: key }),
  });
  const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
  const page = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
  const leave = new AbortController();
  t.teardown(() => leave.abort());
  const events = await fetch(`${configApi.api}/v1/events`, { headers: page, signal: leave.signal });
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (wanted: RegExp): Promise<void> => {
    while (!wanted.test(text)) text += (await reader?.read())?.value ?? '';
  };
  await until(/event: ready/);
  const { body } = await configure('GET', serverPath);
  const { version, timeoutSeconds } = body as { version: number; timeoutSeconds: number };
  await configure('PATCH', serverPath, {
    headers: { 'if-match': `"${version}"`, prefer: 'wait=applied' },
    body: { timeoutSeconds: timeoutSeconds + 1 },
  });
  // They come from two topics, in no order.
  await until(/event: settings-changed/);
  await until(/event: settings-applied/);
  const sent = await fetch(`${configApi.api}/v1/mails`, {
    method: 'POST',
    headers: page,
    body: JSON.stringify({ to: [{ address: 'page@example.com' }], subject: 'From the page', text: '.' }),
  });
  t.equal(sent.status, 202, 'a mailer takes it, as from the one who is signed in');
  await until(/event: mail-sent/);
  const { id } = (await sent.json()) as { id: string };
  // The event comes out of Kafka, the mail from one of the mailers: it may read the event later than config-api.
  const mail = await waitFor('the mailer that is asked to have read the event', async () => {
    const answer = await fetch(`${configApi.api}/v1/mails/${id}`, { headers: { cookie } });
    const body = (await answer.json()) as { state: string };
    return ['queued', 'sending'].includes(body.state) ? undefined : body;
  });
  t.match(mail, { state: 'sent', subject: 'From the page' });
  t.equal((await fetch(`${configApi.api}/v1/queue`, { headers: { cookie } })).status, 200);
  leave.abort();
}
