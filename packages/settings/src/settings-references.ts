import { exchangeConnectionKind } from './exchange-connection/exchange-connection-kind.ts';
import type { References } from './references.ts';
import type { SettingsState } from './settings-state.ts';

/** What the settings of this moment have to say about each other. Reads the fold whenever it is asked. */
export function referencesOf({ servers, exchangeConnections }: SettingsState): References {
  return {
    exchangeConnection(id) {
      return exchangeConnections.get(`${exchangeConnectionKind.prefix}${id}`)?.content ?? undefined;
    },
    // A server that does not use its Exchange half keeps it, so that half counts too.
    usersOf: (resource) =>
      [...servers.values()]
        .filter(({ content }) => connectionResource(content.exchange.connectionId) === resource)
        .map((server) => server.resource),
  };
}

function connectionResource(id: string | null): string | undefined {
  return id === null ? undefined : `${exchangeConnectionKind.prefix}${id}`;
}
