import { simpleParser } from 'mailparser';
import type { Certificate } from '../certificates.ts';
import type { Authority } from './authority.ts';
import { fileSent, type Filing, type SentMessage, sentWithin, usualFiling } from './sent-folder.ts';
import { type HttpsPeer, type PeerAnswer, type PeerRequest, startHttpsPeer } from './https-peer.ts';

export interface GraphMail {
  readonly mailbox: string;
  readonly messageId: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
  readonly attachments: readonly { readonly name: string; readonly content: Buffer }[];
}

export interface GraphServer extends HttpsPeer {
  /** What was sent. */
  readonly mails: GraphMail[];
  readonly drafts: () => number;
  readonly filing: Filing;
  /** The folder of sent mail. */
  readonly sentItems: SentMessage[];
  /** The app has the right to send alone: it may not read. */
  forbidReading(): void;
}

interface Draft extends GraphMail {
  readonly filed: SentMessage;
  readonly attachments: { name: string; content: Buffer }[];
}

const maxRequestBytes = 4 * 1024 * 1024;
const maxSimpleAttachment = 3 * 1024 * 1024;

/**
 * As much of Microsoft Graph as sending needs, and strict about it: bearer tokens of the authority for its own scope, one
 * mailbox, `text/plain` with strict base64, the limits on sizes, upload sessions in ranges of 320 KiB without a token.
 */
export async function startGraphServer(
  certificate: Certificate,
  authority: Pick<Authority, 'isGood'>,
  mailbox: string,
): Promise<GraphServer> {
  const mails: GraphMail[] = [];
  const sentItems: SentMessage[] = [];
  const filing = usualFiling();
  const drafts = new Map<string, Draft>();
  let mayRead = true;
  const uploads = new Map<string, { draft: Draft; name: string; size: number; content: Buffer }>();
  const users = `/v1.0/users/${encodeURIComponent(mailbox)}`;
  const peer = await startHttpsPeer(
    certificate,
    serve,
    ({ method }) => method !== 'GET' && method !== 'DELETE',
  );

  async function serve(request: PeerRequest): Promise<PeerAnswer> {
    const { method, path, body, headers } = request;
    if (path.startsWith('/upload/')) return upload(request);
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    if (!authority.isGood(token, `${peer.url}/.default`)) return refusal(401, 'InvalidAuthenticationToken');
    if (headers.host !== new URL(peer.url).host) return refusal(400, 'BadRequest');
    if (!path.startsWith('/v1.0/users/')) return refusal(404, 'BadRequest');
    if (!path.startsWith(users)) return refusal(404, 'ErrorInvalidUser');
    if (body.length > maxRequestBytes) return refusal(413, 'RequestEntityTooLarge');
    const [rest = '', query = ''] = path.slice(users.length).split('?');
    if (method === 'GET') return read(rest, decodeURIComponent(query), `${peer.url}${path}`);
    return rest === '/sendMail' || rest === '/messages' ? take(rest, request) : change(rest, request);
  }

  async function take(rest: string, { method, headers, body }: PeerRequest): Promise<PeerAnswer> {
    if (method !== 'POST' || headers['content-type'] !== 'text/plain') return refusal(400, 'BadRequest');
    const text = body.toString('latin1');
    const raw = Buffer.from(text, 'base64');
    if (raw.toString('base64') !== text) return refusal(400, 'ErrorMimeContentInvalidBase64String');
    const mail = await mailOf(raw);
    if (mail.recipients.length === 0) return refusal(400, 'ErrorInvalidRecipients');
    if (rest === '/sendMail') {
      mails.push(mail);
      sentItems.push(mail.filed);
      return { status: 202 };
    }
    const id = `draft=${drafts.size + 1}`;
    drafts.set(id, mail);
    return json(201, { id, isDraft: true });
  }

  async function mailOf(raw: Buffer): Promise<Draft> {
    const parsed = await simpleParser(raw);
    const named = [parsed.to, parsed.cc, parsed.bcc].flat().flatMap((field) => field?.value ?? []);
    const recipients = named.map(({ address = '' }) => address);
    const filed = fileSent(parsed, filing);
    return { mailbox, messageId: parsed.messageId ?? '', recipients, raw, attachments: [], filed };
  }

  function change(rest: string, { method, body }: PeerRequest): PeerAnswer {
    const [, encoded = '', action = ''] = /^\/messages\/([^/]+)(?:\/(.+))?$/.exec(rest) ?? [];
    const id = decodeURIComponent(encoded);
    const draft = drafts.get(id);
    if (draft === undefined) return refusal(404, 'ErrorItemNotFound');
    if (method === 'DELETE') return { status: drafts.delete(id) ? 204 : 404 };
    if (action === 'send') {
      if (body.length > 0) return refusal(400, 'BadRequest');
      mails.push(draft);
      sentItems.push(draft.filed);
      drafts.delete(id);
      return { status: 202 };
    }
    const wanted = JSON.parse(body.toString('utf8'));
    if (action === 'attachments') {
      const content = Buffer.from(wanted.contentBytes, 'base64');
      if (content.length > maxSimpleAttachment) return refusal(413, 'RequestEntityTooLarge');
      draft.attachments.push({ name: wanted.name, content });
      return json(201, { id: 'a' });
    }
    if (action !== 'attachments/createUploadSession') return refusal(400, 'BadRequest');
    const { name, size, attachmentType } = wanted.AttachmentItem;
    if (attachmentType !== 'file' || size < maxSimpleAttachment) return refusal(400, 'BadRequest');
    const key = String(uploads.size + 1);
    uploads.set(key, { draft, name, size, content: Buffer.alloc(0) });
    return json(201, { uploadUrl: `${peer.url}/upload/${key}` });
  }

  function upload({ method, path, headers, body }: PeerRequest): PeerAnswer {
    const session = uploads.get(path.slice('/upload/'.length));
    if (session === undefined || method !== 'PUT') return refusal(404, 'NotFound');
    if (headers.authorization !== undefined) return refusal(400, 'TokenSentToUploadUrl');
    const start = session.content.length;
    const end = start + body.length;
    const isLast = end === session.size;
    const isRange = headers['content-range'] === `bytes ${start}-${end - 1}/${session.size}`;
    if (!isRange || (!isLast && body.length % (320 * 1024) !== 0)) return refusal(416, 'InvalidRange');
    session.content = Buffer.concat([session.content, body]);
    if (!isLast) return json(200, { nextExpectedRanges: [`${end}-`] });
    session.draft.attachments.push({ name: session.name, content: session.content });
    return { status: 201 };
  }

  function read(rest: string, query: string, url: string): PeerAnswer {
    if (rest === '/mailFolders/inbox') return json(200, { id: 'inbox' });
    if (!mayRead) return refusal(403, 'ErrorAccessDenied');
    if (rest === '/mailFolders/sentitems/messages') return readSent(query, url);
    const [, wanted] = /internetMessageId eq '([^']+)'/.exec(query) ?? [];
    if (rest !== '/messages' || wanted === undefined) return refusal(400, 'BadRequest');
    const sentOnes = sentItems
      .filter(({ messageId }) => messageId === wanted)
      .map(({ from }) => ({ id: 's', isDraft: false, from: { emailAddress: { address: from } } }));
    const waiting = [...drafts.values()].filter(({ messageId }) => messageId === wanted);
    return json(200, { value: [...sentOnes, ...waiting.map(() => ({ id: 'd', isDraft: true }))] });
  }

  /** Page by page; the address of the next page says how far this one came. */
  function readSent(query: string, url: string): PeerAnswer {
    const [, from, to] = /sentDateTime ge (\S+) and sentDateTime le ([^\s&]+)/.exec(query) ?? [];
    if (from === undefined || to === undefined) return refusal(400, 'ErrorInvalidUrlQueryFilter');
    const skip = Number(/\$skiptoken=(\d+)/.exec(query)?.[1] ?? 0);
    const found = sentWithin(sentItems, new Date(from), new Date(to));
    const end = skip + filing.pageSize;
    const value = found.slice(skip, end).map((one) => ({
      id: one.messageId,
      isDraft: false,
      internetMessageId: one.messageId,
      from: { emailAddress: { address: one.from } },
      subject: one.subject,
      toRecipients: one.to.map(recipient),
      ccRecipients: one.cc.map(recipient),
      bccRecipients: one.bcc.map(recipient),
    }));
    const next = `${url.replace(/&\$skiptoken=\d+/, '')}&$skiptoken=${end}`;
    return json(200, { value, ...(end < found.length ? { '@odata.nextLink': next } : {}) });
  }

  const recipient = (address: string) => ({
    emailAddress: filing.hidesAddresses
      ? { name: address, address: `/o=acme/cn=${address.length}` }
      : { address },
  });

  return {
    ...peer,
    mails,
    filing,
    sentItems,
    drafts: () => drafts.size,
    forbidReading() {
      mayRead = false;
    },
  };
}

function json(status: number, value: unknown): PeerAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

const refusal = (status: number, code: string): PeerAnswer =>
  json(status, { error: { code, message: code } });
