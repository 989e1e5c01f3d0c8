import type {
  CertificateContent,
  ExchangeConnectionContent,
  OutgoingServerContent,
  PostausgangEvent,
} from '@postausgang/contracts';
import { type ApiKeysState, createApiKeysState, evolveApiKeys } from './api-keys.ts';
import { certificateKind } from './certificates.ts';
import { exchangeConnectionKind } from './exchange-connection.ts';
import {
  completed,
  initialOutgoingServer,
  outgoingServerKind,
  type OutgoingServerState,
} from './outgoing-server.ts';
import { evolveResources, type Resources, type Verdict } from './resource.ts';

/** The server that always exists. */
export const defaultServer = 'outgoing-servers/default';

/**
 * Everything the settings stream says. The fold changes it in place, so that a long history is replayed quickly; the
 * resources in it are values and never change.
 */
export interface SettingsState {
  readonly servers: Resources<OutgoingServerContent>;
  /** The deleted ones too: their history stays. */
  readonly exchangeConnections: Resources<ExchangeConnectionContent | null>;
  readonly certificates: Resources<CertificateContent | null>;
  /** Ids of the warnings that were given of credentials that expire. */
  readonly expiryWarnings: Set<string>;
  readonly apiKeys: ApiKeysState;
  readonly seenEventIds: Set<string>;
}

/** The settings before the first event: the default server, disabled, and no key. */
export function createSettingsState(): SettingsState {
  return {
    servers: new Map([[defaultServer, initialOutgoingServer(defaultServer)]]),
    exchangeConnections: new Map(),
    certificates: new Map(),
    expiryWarnings: new Set(),
    apiKeys: createApiKeysState(),
    seenEventIds: new Set(),
  };
}

/**
 * Folds one event of the settings stream, by two rules that never change: an event id that was seen is ignored, and
 * an event that was written against a state that no longer holds is rejected. Other events are stepped over. Total.
 */
export function evolveSettings(state: SettingsState, event: PostausgangEvent): Verdict {
  switch (event.type) {
    case 'io.postausgang.settings-changed.v1':
      return isNew(state, event.id)
        ? evolveResources(state.servers, outgoingServerKind, completed(event))
        : 'duplicate';
    case 'io.postausgang.exchange-connection-changed.v1':
      return isNew(state, event.id)
        ? evolveResources(state.exchangeConnections, exchangeConnectionKind, event)
        : 'duplicate';
    case 'io.postausgang.certificate-changed.v1':
      return isNew(state, event.id)
        ? evolveResources(state.certificates, certificateKind, event)
        : 'duplicate';
    case 'io.postausgang.credential-expiring.v1':
      if (!isNew(state, event.id)) return 'duplicate';
      state.expiryWarnings.add(event.id);
      return 'accepted';
    case 'io.postausgang.api-key-created.v1':
    case 'io.postausgang.api-key-revoked.v1':
      return isNew(state, event.id) ? evolveApiKeys(state.apiKeys, event) : 'duplicate';
    default:
      return 'ignored';
  }
}

/** The default server as it is now. */
export function defaultServerOf(state: SettingsState): OutgoingServerState {
  return state.servers.get(defaultServer) ?? initialOutgoingServer(defaultServer);
}

function isNew({ seenEventIds }: SettingsState, eventId: string): boolean {
  const sizeBefore = seenEventIds.size;
  return seenEventIds.add(eventId).size > sizeBefore;
}
