import { createPrivateKey } from 'node:crypto';
import { test } from 'tap';
import type { Message, SendRequest, SendResult } from '../../../packages/mail/src/transport.ts';
import { composeMail } from '../../../packages/message/src/compose.ts';
import { readRawMessage } from '../../../packages/message/src/finished-message.ts';
import { createRecipient } from '../../../packages/message/src/smime/encrypt.ts';
import { prepareMessage } from '../../../packages/message/src/smime/mail-security.ts';
import { createSigner } from '../../../packages/message/src/smime/sign.ts';
import type {
  HttpsRequest,
  HttpsResult,
} from '../../../services/mailer/src/transports/exchange/https-client.ts';
import { createEwsTransport } from '../../../services/mailer/src/transports/exchange/ews/transport.ts';
import { createGraphTransport } from '../../../services/mailer/src/transports/exchange/graph/transport.ts';
import { createLanes } from '../../../services/mailer/src/transports/exchange/message.ts';
import { wireBytes } from '../../../services/mailer/src/transports/smtp/content.ts';
import { admit } from '../../../services/mailer/src/transports/smtp/transaction.ts';
import { createMailAuthority } from '../../message/smime/mail-authority.ts';
import { fuzzedMessage } from './fuzzed-messages.ts';

const count = 10_000;

/** A server that answers at once, and keeps what it was told in JSON. */
function answering(status: (request: HttpsRequest) => number, body: string) {
  const read: unknown[] = [];
  return {
    read,
    signInFailure: 'credentials-rejected',
    async request(request: HttpsRequest): Promise<HttpsResult> {
      if (request.headers?.['content-type'] === 'application/json') {
        read.push(JSON.parse(Buffer.from(request.body ?? []).toString('utf8')));
      }
      await request.onIntent?.(null);
      const answer = { headers: {}, body: Buffer.from(body), socket: null, tls: null, sent: true };
      return { kind: 'answer', status: status(request), ...answer };
    },
    close: () => undefined,
  } as const;
}

const url = 'https://graph.test';
const common = {
  mailbox: 'erp@acme.example',
  trustedCertificateId: null,
  timeoutSeconds: 5,
};
const oauth = { authority: url, tenantId: 't', clientId: 'c', scope: 's', clientCertificateId: null };
const timing = { finalReplyTimeoutMs: 1000, nowMs: () => 0, close: async () => undefined, capacity: 1 };

/** Graph takes it in one request, or (`maxRequestBytes`) in parts. */
function graph(maxRequestBytes: number) {
  const client = answering(
    ({ method, url: to }) => (method === 'DELETE' ? 204 : /send(Mail)?$/.test(to) ? 202 : 201),
    '{"id":"m1"}',
  );
  const description = { protocol: 'graph', oauth, url, ...common } as const;
  return createGraphTransport({ description, graph: client, https: client, maxRequestBytes, ...timing });
}

function ews() {
  const answer =
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><CreateItemResponse><ResponseMessages><CreateItemResponseMessage ResponseClass="Success"><ResponseCode>NoError</ResponseCode></CreateItemResponseMessage></ResponseMessages></CreateItemResponse></s:Body></s:Envelope>';
  const client = answering(() => 200, answer);
  const more = { oauth, windows: null, impersonates: true, savesCopy: true };
  const description = { protocol: 'ews', url, ...more, ...common } as const;
  return createEwsTransport({ description, lanes: createLanes([client]), ...timing });
}

const smtp = {
  async send({ envelope, message, onIntent }: SendRequest): Promise<SendResult> {
    const { asked, refused, failure } = admit({ extensions: [], maxSizeBytes: 0 }, envelope, message.bytes);
    wireBytes(message);
    await onIntent({ accepted: asked, server: 's', tls: null });
    return { kind: 'finished', recipients: refused, server: 's', tls: null, reply: null, failure };
  },
};

test('no finished message breaks composing, S/MIME or a way to send', async (t) => {
  const authority = await createMailAuthority(t);
  const { certificate, key } = await authority.issue('erp@acme.example', 'p-256');
  const signer = createSigner({
    certificate,
    chain: [authority.ca],
    key: createPrivateKey(key),
    usePss: false,
  });
  const recipient = createRecipient(certificate);
  if (recipient === undefined) throw new Error('nobody can be encrypted to');
  const ways = { smtp, graph: graph(4_000_000), 'graph in parts': graph(300), ews: ews() };
  const seen = { accepted: 0, refused: 0, sends: 0 };
  const broken: string[] = [];

  const send = async (message: Message, to: readonly string[], what: string): Promise<void> => {
    for (const [way, transport] of Object.entries(ways)) {
      const request = {
        envelope: { from: 'erp@acme.example', to },
        message,
        onIntent: async () => undefined,
      };
      await transport.send(request).then(
        () => (seen.sends += 1),
        (error: unknown) => broken.push(`${what} by ${way}: ${String(error)}`),
      );
    }
  };
  for (let seed = 0; seed < count; seed += 1) {
    try {
      const raw = fuzzedMessage(seed);
      const read = readRawMessage(raw);
      if (!read.ok) {
        seen.refused += 1;
        continue;
      }
      seen.accepted += 1;
      const { envelope } = read.message;
      const request = { id: `m${seed}`, envelope, raw: raw.toString('base64') };
      const composed = composeMail(request, { from: { address: envelope.from } }, { acceptedAtMs: 0 });
      if (composed === null) throw new Error('accepted, and not composed');
      const { message } = composed;
      await send(message, envelope.to, `${seed} plain`);
      const signing = prepareMessage(message, { signer, signingTime: new Date(0) });
      const encrypting = prepareMessage(message, { signer: null, signingTime: new Date(0) });
      if (signing === undefined || encrypting === undefined) throw new Error('not prepared');
      await send(await signing.clear(), envelope.to, `${seed} signed`);
      const options = { contentEncryption: 'aes-256-cbc', keyTransport: 'rsa-pkcs1' } as const;
      await send(await encrypting.encrypted([recipient], options), envelope.to, `${seed} encrypted`);
    } catch (error) {
      broken.push(`${seed}: ${String(error)}`);
    }
  }
  t.strictSame(broken.slice(0, 5), [], `${broken.length} of ${count}`);
  t.ok(seen.accepted > count / 5, `many are taken: ${seen.accepted}, ${seen.refused} refused`);
  t.ok(seen.sends >= seen.accepted * 4 - broken.length, `${seen.sends} sends`);
});
