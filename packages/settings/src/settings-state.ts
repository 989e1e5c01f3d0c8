/** The settings as a whole: the fold of their stream, what names what, and what expires. */
import type {
  ApiKey,
  CertificateContent,
  Credential,
  EventOf,
  ExchangeConnectionContent,
  OutgoingServerContent,
  PostausgangEvent,
  SendingModeContent,
} from '@postausgang/contracts';
import { type ApiKeysState, createApiKeysState, evolveApiKeys } from './api-keys.ts';
import { certificateKind, dayMs, daysUntil } from './certificates.ts';
import { environmentAfter, type EnvironmentState } from './environment.ts';
import { exchangeConnectionKind } from './exchange-connection.ts';
import { parseInstant } from './formats.ts';
import { outgoingServerKind, type OutgoingServerState } from './outgoing-server.ts';
import type { IdentityHosts } from './identity-grants.ts';
import type { References } from './references.ts';
import {
  type CheckedVersions,
  createSenderChecksState,
  senderCheckView,
  type SenderChecksState,
} from './sender-checks.ts';
import {
  evolveResources,
  exists,
  idOf,
  initialState,
  type ResourceKind,
  type Resources,
  type Verdict,
} from './resource.ts';

import {
  activeSenderFor,
  activeSenderWith,
  createSenderBook,
  evolveSenders,
  type SenderBook,
  senderKind,
} from './senders.ts';
import { sendingModeKind } from './sending-mode.ts';

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
  readonly senders: SenderBook;
  /** Empty, or the one that there is. */
  readonly sendingModes: Resources<SendingModeContent>;
  /** How often each server and Exchange connection was saved without a change. */
  readonly confirmations: Map<string, number>;
  /** Ids of the warnings that were given of credentials that expire. */
  readonly expiryWarnings: Set<string>;
  readonly apiKeys: ApiKeysState;
  /** What was last said of where the log lies; null: nothing yet. */
  environment: EnvironmentState | null;
  /** Sessions whose people have signed out, and when each would have ended anyway, in milliseconds since 1970. */
  readonly endedSessions: Map<string, number>;
  readonly seenEventIds: Set<string>;
}

/** The settings before the first event: the default server, disabled, and no key. */
export function createSettingsState(): SettingsState {
  return {
    servers: new Map([[defaultServer, initialState(outgoingServerKind, defaultServer)]]),
    exchangeConnections: new Map(),
    certificates: new Map(),
    senders: createSenderBook(),
    sendingModes: new Map(),
    confirmations: new Map(),
    expiryWarnings: new Set(),
    apiKeys: createApiKeysState(),
    environment: null,
    endedSessions: new Map(),
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
      return isNew(state, event.id) ? evolveResources(state.servers, outgoingServerKind, event) : 'duplicate';
    case 'io.postausgang.settings-confirmed.v1':
      if (!isNew(state, event.id)) return 'duplicate';
      state.confirmations.set(event.data.resource, (state.confirmations.get(event.data.resource) ?? 0) + 1);
      return 'accepted';
    case 'io.postausgang.exchange-connection-changed.v1':
      return isNew(state, event.id)
        ? evolveResources(state.exchangeConnections, exchangeConnectionKind, event)
        : 'duplicate';
    case 'io.postausgang.certificate-changed.v1':
      return isNew(state, event.id)
        ? evolveResources(state.certificates, certificateKind, event)
        : 'duplicate';
    case 'io.postausgang.sender-changed.v1':
      return isNew(state, event.id) ? evolveSenders(state.senders, event) : 'duplicate';
    case 'io.postausgang.sending-mode-changed.v1':
      return isNew(state, event.id)
        ? evolveResources(state.sendingModes, sendingModeKind, event)
        : 'duplicate';
    case 'io.postausgang.credential-expiring.v1':
      if (!isNew(state, event.id)) return 'duplicate';
      state.expiryWarnings.add(event.id);
      return 'accepted';
    case 'io.postausgang.api-key-created.v1':
    case 'io.postausgang.api-key-revoked.v1':
      return isNew(state, event.id) ? evolveApiKeys(state.apiKeys, event) : 'duplicate';
    case 'io.postausgang.session-ended.v1':
      return isNew(state, event.id) ? endSession(state, event) : 'duplicate';
    case 'io.postausgang.environment-confirmed.v1':
      if (!isNew(state, event.id)) return 'duplicate';
      state.environment = environmentAfter(event, state.apiKeys);
      return 'accepted';
    default:
      return 'ignored';
  }
}

/** Those that have ended by themselves in the meantime need not be remembered. */
function endSession({ endedSessions }: SettingsState, { time, data }: EventOf<'sessionEnded'>): Verdict {
  const nowMs = parseInstant(time) ?? 0;
  for (const [id, endsAtMs] of endedSessions) if (endsAtMs < nowMs) endedSessions.delete(id);
  endedSessions.set(data.sessionId, parseInstant(data.endsAt) ?? Number.POSITIVE_INFINITY);
  return 'accepted';
}

/** The default server as it is now. */
export function defaultServerOf(state: SettingsState): OutgoingServerState {
  return state.servers.get(defaultServer) ?? initialState(outgoingServerKind, defaultServer);
}

function isNew({ seenEventIds }: SettingsState, eventId: string): boolean {
  const sizeBefore = seenEventIds.size;
  return seenEventIds.add(eventId).size > sizeBefore;
}

/**
 * What the settings have to say about each other. Reads the fold whenever it is asked.
 *
 * @param nowMs and `identityHosts`, `hasTestMailbox`: see `References`
 * @param checks what is known of the senders
 */
export function referencesOf(
  state: SettingsState,
  nowMs: number | null = null,
  identityHosts: IdentityHosts = new Set(),
  hasTestMailbox = true,
  checks: SenderChecksState = createSenderChecksState(),
): References {
  const { servers, exchangeConnections, certificates, senders, apiKeys } = state;
  return {
    exchangeConnection(id) {
      return exchangeConnections.get(`${exchangeConnectionKind.prefix}${id}`)?.content ?? undefined;
    },
    certificate(id) {
      return certificates.get(`${certificateKind.prefix}${id}`)?.content ?? undefined;
    },
    usersOf: (resource) => [
      ...usersAmong(servers, outgoingServerKind, resource),
      ...usersAmong(exchangeConnections, exchangeConnectionKind, resource),
      ...usersAmong(senders.resources, senderKind, resource),
      ...keysNaming(apiKeys, resource),
    ],
    activeSender: (use, except) => activeSenderFor(senders, use, except),
    senderWith: (address, except) => activeSenderWith(senders, address, except),
    senderCheck: (senderId, senderVersion) =>
      senderCheckView(checks, senderId, { senderVersion, ...sendingVersions(state) }, nowMs),
    self: null,
    identityHosts,
    hasTestMailbox,
    nowMs,
  };
}

/** The versions of the default server, and of the Exchange connection that it uses. */
export function sendingVersions(state: SettingsState): Omit<CheckedVersions, 'senderVersion'> {
  const { version: serverVersion, content } = defaultServerOf(state);
  const id = content.serverType === 'exchange' ? content.exchange.connectionId : null;
  const version = state.exchangeConnections.get(`${exchangeConnectionKind.prefix}${id ?? ''}`)?.version ?? 0;
  return { serverVersion, connection: id === null ? null : { id, version } };
}

/** A server that does not use its other half keeps it, so both count. */
function usersAmong<Content>(
  resources: Resources<Content>,
  { namedBy }: Pick<ResourceKind<Content, never, never>, 'namedBy'>,
  resource: string,
): readonly string[] {
  return [...resources.values()]
    .filter(({ content }) => exists(content) && namedBy(content).includes(resource))
    .map((user) => user.resource);
}

/** The keys, but for the revoked ones, that may send as a sender. */
function keysNaming({ byId }: ApiKeysState, resource: string): readonly string[] {
  const id = idOf(senderKind, resource);
  if (id === undefined) return [];
  const isNaming = ({ senders, revokedAt }: Pick<ApiKey, 'senders' | 'revokedAt'>): boolean =>
    revokedAt === null && senders?.includes(id) === true;
  return [...byId.values()].filter(isNaming).map((key) => `api-keys/${key.id}`);
}

/** Days before the end at which people are told. */
const expiryThresholds = [60, 30, 7, 1] as const;

/** Everything in the settings that ends by itself some day, the first to expire first. */
export function credentialsOf(state: SettingsState, nowMs: number): readonly Credential[] {
  const references = referencesOf(state, nowMs);
  return [...certificateEnds(state), ...clientSecretEnds(state)]
    .map((end) => ({
      ...end,
      ...remaining(end.expiresAt, nowMs),
      usedBy: [...references.usersOf(end.resource)],
    }))
    .toSorted((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt));
}

/** The smallest threshold that has been crossed; undefined when none has, or the end has passed. */
export function crossedThreshold(expiresAt: string, nowMs: number): number | undefined {
  const leftMs = Date.parse(expiresAt) - nowMs;
  return leftMs <= 0 ? undefined : expiryThresholds.findLast((days) => leftMs <= days * dayMs);
}

type End = Pick<Credential, 'resource' | 'credential' | 'name' | 'expiresAt'>;

function certificateEnds({ certificates }: SettingsState): readonly End[] {
  return [...certificates.values()].flatMap(({ resource, content }) =>
    content === null || content.details === null || content.details.validTo === ''
      ? []
      : [{ resource, credential: 'certificate', name: content.name, expiresAt: content.details.validTo }],
  );
}

function clientSecretEnds({ exchangeConnections }: SettingsState): readonly End[] {
  return [...exchangeConnections.values()].flatMap(({ resource, content }) => {
    const expiresAt = content?.clientSecretExpiresAt ?? null;
    return content === null || content.clientSecret === null || expiresAt === null
      ? []
      : [{ resource, credential: 'client-secret', name: content.name, expiresAt }];
  });
}

function remaining(expiresAt: string, nowMs: number): Pick<Credential, 'daysLeft' | 'state'> {
  const daysLeft = daysUntil(expiresAt, nowMs);
  if (Date.parse(expiresAt) <= nowMs) return { daysLeft, state: 'expired' };
  return { daysLeft, state: crossedThreshold(expiresAt, nowMs) === undefined ? 'valid' : 'expiring' };
}
