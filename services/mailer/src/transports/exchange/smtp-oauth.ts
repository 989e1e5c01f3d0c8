import type { ExchangeKeys, TlsRules } from '@postausgang/credentials';
import type { TestRequest } from '@postausgang/mail';
import { createSmtpStages, type TestProtocol } from '../smtp/connection-test.ts';
import type { SmtpDescription } from '../smtp/open-session.ts';
import { openSmtpTransport, type SmtpTransportOptions } from '../smtp/transport.ts';
import type { ExchangeDescription } from './describe.ts';
import type { TokenSource } from './oauth.ts';
import { createExchangeHttps, createTokens, type ExchangeOptions, type OpenedExchange } from './open.ts';

export type SmtpOAuthDescription = Extract<ExchangeDescription, { readonly protocol: 'smtp-oauth' }>;

/** What SMTP needs beside the connection. */
export type SmtpOptions = Omit<SmtpTransportOptions, 'description' | 'password' | 'tls'>;

/** Port 465 is TLS from the start; any other has to offer STARTTLS. */
const implicitTlsPort = 465;

/** The SMTP server of a connection, which the mailbox signs in at with a token. */
function smtpDescription({ hostname, port, mailbox, timeoutSeconds }: SmtpOAuthDescription): SmtpDescription {
  return {
    hostname,
    port,
    encryption: port === implicitTlsPort ? 'implicit' : 'starttls',
    authentication: 'password',
    username: mailbox,
    windows: null,
    timeoutSeconds,
    allowCleartextAuthentication: false,
  };
}

/** Mail by SMTP with a token: the transport of SMTP, which asks for a token whenever it signs in. */
export async function openSmtpOAuth(
  options: ExchangeOptions,
  smtp: SmtpOptions,
  description: SmtpOAuthDescription,
  keys: ExchangeKeys,
): Promise<OpenedExchange> {
  const { tokens, close } = tokensOf(options, description, keys);
  const opened = await openSmtpTransport({
    ...smtp,
    description: smtpDescription(description),
    password: tokens,
    tls: tlsRules(keys),
  });
  if (!opened.ok) {
    close();
    return opened;
  }
  const { transport } = opened;
  const closeBoth = async (): Promise<void> => {
    await transport.close();
    close();
  };
  return {
    ok: true,
    transport: {
      ...transport,
      get capacity() {
        return transport.capacity;
      },
      close: closeBoth,
    },
  };
}

/** The token, and then the stages of SMTP; never rejects. */
export async function testSmtpOAuth(
  options: ExchangeOptions,
  smtp: SmtpOptions,
  description: SmtpOAuthDescription,
  keys: ExchangeKeys,
  request: TestRequest,
  protocol: TestProtocol,
): Promise<void> {
  const { tokens, close } = tokensOf(options, description, keys);
  const { authority, scope } = description.oauth;
  const first = await tokens.token();
  if (first.ok) {
    protocol.passed('token', { detail: `${new URL(authority).host} for ${scope}` });
    const run = createSmtpStages({
      ...smtp,
      description: smtpDescription(description),
      password: tokens,
      tls: tlsRules(keys),
    });
    await run(request, protocol);
  } else {
    protocol.failed('token', first.failure, null);
  }
  close();
}

const tlsRules = ({ trusted }: ExchangeKeys): TlsRules => ({ client: null, trusted });

function tokensOf(
  options: ExchangeOptions,
  { oauth, timeoutSeconds }: SmtpOAuthDescription,
  { credential }: ExchangeKeys,
): { readonly tokens: TokenSource; readonly close: () => void } {
  const authority = createExchangeHttps(options, { timeoutSeconds, maxConnections: 1 });
  return { tokens: createTokens(options, oauth, credential, authority), close: () => authority.close() };
}
