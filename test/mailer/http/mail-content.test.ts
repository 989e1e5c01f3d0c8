/** What a mail says: who may read it, that it is the message that goes out, and that nothing in it can do harm. */
import { test } from 'tap';
import type { MailAccepted, MailContent, Problem } from '@postausgang/contracts';
import { composeMail } from '@postausgang/message';
import type { EventLog } from '@postausgang/event-log';
import { active, createTransport, openLog, openQueue } from '../engine/harness.ts';
import { openRoutes } from './queue-routes.ts';

const as = (key: string) => ({ authorization: `Bearer ${key}` });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const evil = '<p>Grüße</p><script>alert(1)</script><img src="https://spy.example/x.png"><img src="cid:logo">';
const mail = {
  to: [{ address: 'kunde@example.com' }],
  bcc: [{ address: 'geheim@example.com' }],
  subject: 'Rechnung „4711“',
  text: 'Guten Tag',
  html: evil,
  attachments: [
    { filename: 'Rechnung „4711“.pdf', contentType: 'application/pdf', content: base64('%PDF') },
    { filename: 'logo.png', contentType: 'image/png', content: base64('PNG'), contentId: 'logo' },
  ],
};

/** Routes over a queue that composes as the product does. */
async function openComposing(t: Parameters<typeof openQueue>[0], logOf = (log: EventLog): EventLog => log) {
  const { log, directory } = await openLog(t);
  const transport = createTransport();
  const bench = await openQueue(t, {
    log: logOf(log),
    directory,
    serving: active(transport),
    compose: composeMail,
  });
  const app = await openRoutes(t, log, bench);
  const get = (url: string, key = 'reader') => app.inject({ method: 'GET', url, headers: as(key) });
  const accept = async (key: string, payload: object = mail): Promise<string> => {
    const response = await app.inject({ method: 'POST', url: '/v1/mails', headers: as(key), payload });
    const { id } = response.json<MailAccepted>();
    await bench.until(id, 'sent');
    return id;
  };
  return { bench, log, directory, transport, app, get, accept };
}

test('shows the content of mails only with mail:content, and only of mails that the key may see', async (t) => {
  const { get, accept } = await openComposing(t);
  const own = await accept('author');
  const foreign = await accept('payroll');
  for (const path of ['content', 'raw', 'html', 'attachments/1']) {
    t.equal((await get(`/v1/mails/${own}/${path}`, 'author')).statusCode, 200, path);
    t.equal((await get(`/v1/mails/${foreign}/${path}`, 'author')).statusCode, 404, path);
    t.equal((await get(`/v1/mails/${foreign}/${path}`, 'reader')).statusCode, 200, path);
    t.equal((await get(`/v1/mails/unknown/${path}`, 'reader')).statusCode, 404, path);
    for (const key of ['payroll', 'manager', 'clerk']) {
      const refused = await get(`/v1/mails/${foreign}/${path}`, key);
      t.match([refused.statusCode, refused.json<Problem>().code], [403, 'forbidden'], `${path} ${key}`);
    }
    t.equal((await get(`/v1/mails/${foreign}/${path}`, 'admin')).statusCode, 200, path);
  }
});

test('reads texts, header fields and attachments of the message that goes out', async (t) => {
  const { get, accept, transport } = await openComposing(t);
  const id = await accept('author');
  const raw = await get(`/v1/mails/${id}/raw`);
  t.match(raw.headers, {
    'content-type': 'message/rfc822',
    'content-disposition': `attachment; filename*=UTF-8''${id}.eml`,
  });
  t.equal(raw.body, transport.sends[0]?.message, 'byte for byte what the server got');
  const { body, statusCode } = await get(`/v1/mails/${id}/content`);
  t.equal(statusCode, 200);
  const content = JSON.parse(body) as MailContent;
  t.match(content, { id, text: /^Guten Tag/, hasHtml: true, html: evil, sizeBytes: raw.rawPayload.length });
  const valueOf = (name: string) => content.headers.find((header) => header.name === name)?.value;
  t.equal(valueOf('Subject'), mail.subject);
  t.equal(valueOf('To'), 'kunde@example.com');
  t.notOk(body.includes('geheim@example.com'), 'no blind copy');
  const [logo] = content.attachments.filter(({ contentId }) => contentId === 'logo');
  t.match(logo, { filename: 'logo.png', contentType: 'image/png', sizeBytes: 3 });
  const pdf = content.attachments.find(({ contentType }) => contentType === 'application/pdf');
  t.match(pdf, { filename: 'Rechnung „4711“.pdf', sizeBytes: 4 });
  const part = await get(`/v1/mails/${id}/attachments/${pdf?.number}`);
  t.equal(part.body, '%PDF');
  t.match(part.headers, {
    'content-type': 'application/octet-stream',
    'content-disposition': "attachment; filename*=UTF-8''Rechnung%20%E2%80%9E4711%E2%80%9C.pdf",
  });
  t.equal((await get(`/v1/mails/${id}/attachments/9`)).statusCode, 404);
});

test('nothing in the HTML of a mail runs, loads, or leaves its frame', async (t) => {
  const { get, accept } = await openComposing(t);
  const id = await accept('author');
  const { headers, body } = await get(`/v1/mails/${id}/html`);
  const policy = String(headers['content-security-policy']);
  t.match(policy, /default-src 'none'/);
  t.match(policy, /(^|; )sandbox($|;)/, 'neither scripts nor forms, and an origin of its own');
  t.notMatch(policy, /script-src|https?:|connect-src/);
  t.equal(headers['x-content-type-options'], 'nosniff');
  t.match(body, /src="data:image\/png;base64,UE5H"/, 'images of the message are part of it');
  const plain = await accept('author', { to: mail.to, subject: 'x', text: 'x' });
  t.equal((await get(`/v1/mails/${plain}/html`)).statusCode, 404);
});

test('content that is no longer kept is gone, with a code that says so', async (t) => {
  let isForgotten = false;
  const { get, accept } = await openComposing(t, (log) => ({
    ...log,
    read: (topic, position) => (isForgotten ? Promise.resolve(undefined) : log.read(topic, position)),
  }));
  const id = await accept('author');
  isForgotten = true;
  for (const path of ['content', 'raw', 'html', 'attachments/1']) {
    const { statusCode, body } = await get(`/v1/mails/${id}/${path}`);
    t.equal(statusCode, 410);
    t.match(JSON.parse(body), { code: 'content-gone', title: 'Content is no longer kept' });
  }
});

test('any mailer shows the content, also of a mail that waits, and that another one has sent', async (t) => {
  const { accept, log, directory, bench, app } = await openComposing(t);
  const sent = await accept('author');
  const waiting = await app.inject({
    method: 'POST',
    url: '/v1/mails',
    headers: as('author'),
    payload: { ...mail, sendAt: new Date(bench.clock.nowMs() + 3_600_000).toISOString() },
  });
  const other = await openQueue(t, {
    log,
    directory,
    viewName: 'other',
    serving: active(createTransport()),
    compose: composeMail,
  });
  const routes = await openRoutes(t, log, other);
  for (const id of [sent, waiting.json<MailAccepted>().id]) {
    const response = await routes.inject({
      method: 'GET',
      url: `/v1/mails/${id}/content`,
      headers: as('reader'),
    });
    t.match([response.statusCode, response.json<MailContent>().text], [200, /Guten Tag/]);
  }
});

test('a mail of which no message can be made says so', async (t) => {
  const { log, directory } = await openLog(t);
  const serving = active(createTransport());
  const bench = await openQueue(t, { log, directory, serving, compose: () => null });
  const app = await openRoutes(t, log, bench);
  await bench.submit('m1');
  await bench.until('m1', 'failed');
  const { statusCode, body } = await app.inject({
    method: 'GET',
    url: '/v1/mails/m1/content',
    headers: as('reader'),
  });
  t.match([statusCode, JSON.parse(body)], [422, { code: 'mail-invalid', detail: /no message/ }]);
});
