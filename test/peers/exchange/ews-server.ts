import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { simpleParser } from 'mailparser';
import { tlsServerEndPoint } from '../../../packages/net/src/channel-binding.ts';
import type { Certificate } from '../certificates.ts';
import type { Authority } from './authority.ts';
import { whatTheSchemasSay } from './ews-schemas.ts';
import { fileSent, type Filing, type SentMessage, sentWithin, usualFiling } from './sent-folder.ts';
import { type HttpsPeer, type PeerAnswer, type PeerRequest, startHttpsPeer } from './https-peer.ts';
import { type Account, createNtlmAcceptor, type NtlmAcceptor } from './ntlm-acceptor.ts';

export interface EwsMail {
  readonly messageId: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
  readonly disposition: 'SendOnly' | 'SendAndSaveCopy';
  readonly impersonated: string | null;
}

export interface EwsServer extends HttpsPeer {
  readonly mails: EwsMail[];
  readonly filing: Filing;
  /** The folder of sent mail. */
  readonly sentItems: SentMessage[];
  /** What the schemas had against a request. */
  readonly complaints: string[];
  /** Changes the challenge of NTLM on its way. */
  tamper: (challenge: Buffer) => Buffer;
}

export interface EwsServerOptions {
  readonly certificate: Certificate;
  readonly mailbox: string;
  readonly authority?: Pick<Authority, 'isGood'>;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly ntlm?: Account;
  /** Takes a token of Negotiate; undefined: not signed in. Gives the server's own token. */
  readonly negotiate?: (token: Buffer) => Promise<Buffer | undefined>;
  /** Whether requests are held against Microsoft's schemas. */
  readonly checksSchemas?: boolean;
}

const xml = { 'content-type': 'text/xml; charset=utf-8' };

/** As much of Exchange Web Services as sending needs, and strict about it. */
export async function startEwsServer(options: EwsServerOptions): Promise<EwsServer> {
  const { certificate, mailbox, authority, basic, ntlm, negotiate, checksSchemas = false } = options;
  const mails: EwsMail[] = [];
  const sentItems: SentMessage[] = [];
  const filing = usualFiling();
  const complaints: string[] = [];
  const signingIn = new WeakMap<Socket, NtlmAcceptor>();
  const state = { tamper: (challenge: Buffer): Buffer => challenge };
  const binding = tlsServerEndPoint(new X509Certificate(certificate.certificate));
  const isHandOver = ({ body }: PeerRequest): boolean => body.includes('m:CreateItem');
  const peer = await startHttpsPeer(certificate, serve, isHandOver);

  async function serve(request: PeerRequest): Promise<PeerAnswer> {
    if (request.path !== '/EWS/Exchange.asmx') return { status: 404 };
    const signedIn = await signIn(request);
    if (signedIn.status !== 200) return signedIn;
    const answer = await answerTo(request);
    return { ...answer, headers: { ...answer.headers, ...signedIn.headers } };
  }

  async function signIn({ headers, socket }: PeerRequest): Promise<PeerAnswer> {
    const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ');
    const token = Buffer.from(value, 'base64');
    const schemes = [
      authority && 'Bearer',
      basic && 'Basic realm="ews"',
      negotiate && 'Negotiate',
      ntlm && 'NTLM',
    ];
    const refused = {
      status: 401,
      headers: { 'www-authenticate': schemes.filter((one) => one !== undefined) },
    };
    const welcome = { status: 200 };
    if (scheme === 'Bearer')
      return authority?.isGood(value, `${peer.url}/.default`) === true ? welcome : refused;
    if (scheme === 'Basic') {
      return token.toString('utf8') === `${basic?.username}:${basic?.password}` ? welcome : refused;
    }
    if (scheme === 'Negotiate' && negotiate !== undefined) {
      const proof = await negotiate(token);
      if (proof === undefined) return refused;
      return { ...welcome, headers: { 'www-authenticate': `Negotiate ${proof.toString('base64')}` } };
    }
    if (scheme !== 'NTLM' || ntlm === undefined) return refused;
    const known = signingIn.get(socket);
    if (token.readUInt32LE(8) === 1) {
      const acceptor = createNtlmAcceptor();
      signingIn.set(socket, acceptor);
      const challenge = state.tamper(acceptor.challenge(token));
      return { status: 401, headers: { 'www-authenticate': `NTLM ${challenge.toString('base64')}` } };
    }
    signingIn.delete(socket);
    return known?.accepts(token, ntlm, 'HTTP/localhost', binding) === true ? welcome : refused;
  }

  async function answerTo({ headers, body }: PeerRequest): Promise<PeerAnswer> {
    const request = body.toString('utf8');
    const complaint = checksSchemas ? await whatTheSchemasSay(request) : null;
    if (complaint !== null) complaints.push(complaint);
    if (complaint !== null || headers['x-anchormailbox'] !== mailbox) return fault('ErrorSchemaValidation');
    const impersonated = /<t:PrimarySmtpAddress>([^<]*)</.exec(request)?.[1] ?? null;
    if (headers.authorization?.startsWith('Bearer') === true && impersonated === null) {
      return fault('ErrorMissingImpersonation');
    }
    if (impersonated !== null && impersonated !== mailbox) return fault('ErrorNonExistentMailbox');
    if (request.includes('<m:GetFolder>')) return response('GetFolder', 'NoError');
    if (request.includes('DateTimeSent')) return foundWithin(request);
    if (request.includes('<m:FindItem ')) return found(request);
    if (request.includes('<m:GetItem>')) return recipientsOf(request);
    return createItem(request, impersonated);
  }

  async function createItem(request: string, impersonated: string | null): Promise<PeerAnswer> {
    const raw = Buffer.from(/<t:MimeContent[^>]*>([^<]*)</.exec(request)?.[1] ?? '', 'base64');
    const parsed = await simpleParser(raw);
    const named = [parsed.to, parsed.cc].flat().flatMap((field) => field?.value ?? []);
    const bcc = [...request.matchAll(/<t:EmailAddress>([^<]*)</g)].map(([, address = '']) => address);
    const disposition = request.includes('"SendAndSaveCopy"') ? 'SendAndSaveCopy' : 'SendOnly';
    const recipients = [...named.map(({ address = '' }) => address), ...bcc];
    mails.push({ messageId: parsed.messageId ?? '', recipients, raw, disposition, impersonated });
    if (disposition === 'SendAndSaveCopy') sentItems.push(fileSent(parsed, filing, bcc));
    return response('CreateItem', 'NoError');
  }

  function found(request: string): PeerAnswer {
    const wanted = (/Constant Value="([^"]*)"/.exec(request)?.[1] ?? '')
      .replace('&lt;', '<')
      .replace('&gt;', '>');
    const kept = sentItems.filter(({ messageId }) => messageId === wanted);
    return response('FindItem', 'NoError', `<m:RootFolder TotalItemsInView="${kept.length}"/>`);
  }

  function foundWithin(request: string): PeerAnswer {
    const [from = '', to = ''] = [...request.matchAll(/Constant Value="([^"]*)"/g)].map(([, value]) => value);
    const offset = Number(/Offset="(\d+)"/.exec(request)?.[1]);
    const all = sentWithin(sentItems, new Date(from), new Date(to));
    const end = offset + Math.min(filing.pageSize, Number(/MaxEntriesReturned="(\d+)"/.exec(request)?.[1]));
    const items = all
      .slice(offset, end)
      .map(
        (one) =>
          `<t:Message><t:ItemId Id="item-${sentItems.indexOf(one)}" ChangeKey="a="/>` +
          `<t:Subject>${text(one.subject)}</t:Subject>` +
          `<t:InternetMessageId>${text(one.messageId)}</t:InternetMessageId></t:Message>`,
      );
    const isLast = end >= all.length;
    return response(
      'FindItem',
      'NoError',
      `<m:RootFolder IndexedPagingOffset="${end}" TotalItemsInView="${all.length}" ` +
        `IncludesLastItemInRange="${isLast}"><t:Items ${typesOf}>${items.join('')}</t:Items></m:RootFolder>`,
    );
  }

  function recipientsOf(request: string): PeerAnswer {
    const item = sentItems[Number(/ItemId Id="item-(\d+)"/.exec(request)?.[1])];
    if (item === undefined) return response('GetItem', 'ErrorItemNotFound');
    const fields = [
      ['ToRecipients', item.to],
      ['CcRecipients', item.cc],
      ['BccRecipients', item.bcc],
    ] as const;
    const told = fields
      .filter(([, all]) => all.length > 0)
      .map(([name, all]) => `<t:${name}>${all.map(mailboxOf).join('')}</t:${name}>`);
    const message = `<t:Message><t:ItemId Id="x" ChangeKey="a="/>${told.join('')}</t:Message>`;
    return response('GetItem', 'NoError', `<m:Items ${typesOf}>${message}</m:Items>`);
  }

  const mailboxOf = (address: string): string => {
    const [shown, kind] = filing.hidesAddresses ? ['/O=ACME/CN=X', 'EX'] : [address, 'SMTP'];
    return (
      `<t:Mailbox><t:Name>${text(address)}</t:Name><t:EmailAddress>${text(shown)}</t:EmailAddress>` +
      `<t:RoutingType>${kind}</t:RoutingType></t:Mailbox>`
    );
  };

  return Object.assign(state, { ...peer, mails, complaints, filing, sentItems });
}

const typesOf = 'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"';

const text = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** What an operation answers. */
export function response(operation: string, code: string, more = ''): PeerAnswer {
  const kind = code === 'NoError' ? 'Success' : 'Error';
  const body =
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
    `<m:${operation}Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><m:ResponseMessages>` +
    `<m:${operation}ResponseMessage ResponseClass="${kind}"><m:MessageText>about ${code}</m:MessageText>` +
    `<m:ResponseCode>${code}</m:ResponseCode>${more}</m:${operation}ResponseMessage>` +
    `</m:ResponseMessages></m:${operation}Response></s:Body></s:Envelope>`;
  return { status: 200, headers: xml, body };
}

/** A SOAP fault as Exchange sends it. */
export function fault(code: string, backOffMs?: number): PeerAnswer {
  const types = 'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"';
  const pause =
    backOffMs === undefined
      ? ''
      : `<t:MessageXml ${types}><t:Value Name="BackOffMilliseconds">${backOffMs}</t:Value></t:MessageXml>`;
  const body =
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>' +
    `<faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:${code}</faultcode>` +
    `<faultstring xml:lang="en-US">about ${code}</faultstring><detail>` +
    `<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">${code}</e:ResponseCode>` +
    `<e:Message xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">about ${code}</e:Message>${pause}` +
    '</detail></s:Fault></s:Body></s:Envelope>';
  return { status: 500, headers: xml, body };
}
