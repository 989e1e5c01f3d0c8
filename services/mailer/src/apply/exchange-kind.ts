import { failure } from '@postausgang/contracts';
import { describeExchange } from '../exchange/exchange-description.ts';
import { usedSecret } from '../exchange/exchange-secrets.ts';
import { openSmtpOAuth } from '../exchange/smtp-oauth.ts';
import { openExchangeTransport } from '../exchange/open-exchange-transport.ts';
import { storedSecret } from '@postausgang/settings';
import { openExchangeKeys } from './open-exchange-keys.ts';
import { certificatePrint } from './server-certificates.ts';
import { notBuilt, openWithin } from './open-within.ts';
import type { TransportKind } from './transport-kind.ts';

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
    const { keys } = opened;
    return openWithin(
      description.protocol === 'smtp-oauth'
        ? openSmtpOAuth(exchange, smtp, description, keys)
        : openExchangeTransport(exchange, description, keys),
    );
  },
};
