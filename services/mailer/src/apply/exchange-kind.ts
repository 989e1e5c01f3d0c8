import { failure } from '@postausgang/contracts';
import { describeExchange, type ExchangeDescription } from '../exchange/exchange-description.ts';
import { usedSecret } from '../exchange/exchange-secrets.ts';
import type { ExchangeKeys } from '../exchange/exchange-clients.ts';
import type { OpenedExchange } from '../exchange/open-exchange-transport.ts';
import { storedSecret } from '@postausgang/settings';
import { openExchangeKeys } from './open-exchange-keys.ts';
import { certificatePrint } from './server-certificates.ts';
import { notBuilt, openWithin } from './open-within.ts';
import type { BuildOptions, TransportKind } from './transport-kind.ts';

/** Mail by an Exchange connection, in the protocol that the connection names. */
export const exchangeKind: TransportKind = {
  fingerprint: ({ content, connection, certificates }) => {
    if (connection === undefined) return null;
    const pointer = usedSecret(connection.content);
    const stored = pointer === undefined ? null : storedSecret(pointer, connection.content);
    const { clientCertificateId, trustedCertificateId } = connection.content;
    const prints = certificatePrint(certificates, clientCertificateId, trustedCertificateId);
    return [
      connection.resource,
      describeExchange(connection.content, content),
      stored?.sealed ?? null,
      prints,
    ];
  },
  async build({ opener, exchange, smtp }, { content, connection, certificates }) {
    if (connection === undefined) return notBuilt(failure('settings-invalid', 'no Exchange connection'));
    const opened = await openExchangeKeys(opener, connection, certificates ?? new Map());
    if (!opened.ok) return notBuilt(opened.failure);
    const description = describeExchange(connection.content, content);
    if (description === null) return notBuilt(failure('settings-invalid', 'the Exchange connection'));
    return openWithin(openExchange({ exchange, smtp }, description, opened.keys));
  },
};

/** The clients are loaded only where there is a connection: many an installation has none. */
async function openExchange(
  { exchange, smtp }: Pick<BuildOptions, 'exchange' | 'smtp'>,
  description: ExchangeDescription,
  keys: ExchangeKeys,
): Promise<OpenedExchange> {
  if (description.protocol === 'smtp-oauth') {
    const { openSmtpOAuth } = await import('../exchange/smtp-oauth.ts');
    return openSmtpOAuth(exchange, smtp, description, keys);
  }
  const { openExchangeTransport } = await import('../exchange/open-exchange-transport.ts');
  return openExchangeTransport(exchange, description, keys);
}
