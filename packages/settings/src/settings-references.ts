import type { ExchangeConnectionContent, OutgoingServerContent } from '@postausgang/contracts';
import { certificateKind } from './certificates.ts';
import { exchangeConnectionKind } from './exchange-connection.ts';
import type { References } from './references.ts';
import type { SettingsState } from './settings-state.ts';

/**
 * What the settings have to say about each other. Reads the fold whenever it is asked.
 *
 * @param nowMs see `References`
 */
export function referencesOf(
  { servers, exchangeConnections, certificates }: SettingsState,
  nowMs: number | null = null,
): References {
  return {
    exchangeConnection(id) {
      return exchangeConnections.get(`${exchangeConnectionKind.prefix}${id}`)?.content ?? undefined;
    },
    certificate(id) {
      return certificates.get(`${certificateKind.prefix}${id}`)?.content ?? undefined;
    },
    usersOf: (resource) => [
      ...usersAmong(servers, namedByServer, resource),
      ...usersAmong(exchangeConnections, namedByConnection, resource),
    ],
    nowMs,
  };
}

type Named = readonly string[];

function usersAmong<Content>(
  resources: ReadonlyMap<string, { readonly resource: string; readonly content: Content | null }>,
  namedBy: (content: Content) => Named,
  resource: string,
): readonly string[] {
  return [...resources.values()]
    .filter(({ content }) => content !== null && namedBy(content).includes(resource))
    .map((user) => user.resource);
}

/** A server that does not use its other half keeps it, so both count. */
function namedByServer({ exchange, smtp, smime }: OutgoingServerContent): Named {
  return [
    ...named(exchangeConnectionKind.prefix, exchange.connectionId),
    ...named(
      certificateKind.prefix,
      smtp.clientCertificateId,
      smtp.trustedCertificateId,
      smime.certificateId,
      smime.gatewayCertificateId,
    ),
  ];
}

function namedByConnection({ clientCertificateId, trustedCertificateId }: ExchangeConnectionContent): Named {
  return named(certificateKind.prefix, clientCertificateId, trustedCertificateId);
}

function named(prefix: string, ...ids: readonly (string | null)[]): Named {
  return ids.flatMap((id) => (id === null ? [] : [`${prefix}${id}`]));
}
