import { failure } from '@postausgang/contracts';
import { describeExchange } from '../exchange/exchange-description.ts';
import { openExchangeSecret, usedSecret } from '../exchange/exchange-secrets.ts';
import { openSmtpOAuth } from '../exchange/smtp-oauth.ts';
import { exchangeKeys, openExchangeTransport } from '../exchange/open-exchange-transport.ts';
import { storedSecret } from '@postausgang/settings';
import { notBuilt, openWithin } from './open-within.ts';
import type { TransportKind } from './transport-kind.ts';

/** Mail by an Exchange connection, in the protocol that the connection names. */
export const exchangeKind: TransportKind = {
  fingerprint: ({ content, connection }) => {
    if (connection === undefined) return null;
    const pointer = usedSecret(connection.content);
    const stored = pointer === undefined ? null : storedSecret(pointer, connection.content);
    return [connection.resource, describeExchange(connection.content, content), stored?.sealed ?? null];
  },
  async build({ opener, exchange, smtp }, { content, connection }) {
    if (connection === undefined) return notBuilt(failure('settings-invalid', 'no Exchange connection'));
    const opened = await openExchangeSecret(opener, connection);
    if (!opened.ok) return notBuilt(failure(opened.code));
    const description = describeExchange(connection.content, content);
    if (description === null) return notBuilt(failure('settings-invalid', 'the Exchange connection'));
    const keys = exchangeKeys(description, opened.secret);
    return openWithin(
      description.protocol === 'smtp-oauth'
        ? openSmtpOAuth(exchange, smtp, description, keys)
        : openExchangeTransport(exchange, description, keys),
    );
  },
};
