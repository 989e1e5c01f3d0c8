import type { ExchangeConnectionContent, OutgoingServerContent } from '@postausgang/contracts';
import { type CertificatesById, namedCertificates } from '@postausgang/credentials';
import type { Fold } from '@postausgang/event-log';
import { exchangeConnectionKind, type SettingsState } from '@postausgang/settings';

/** A version of an outgoing server as it is to be applied. */
export interface ServerVersion {
  readonly resource: string;
  readonly serverId: string;
  readonly version: number;
  readonly content: OutgoingServerContent;
  /** The Exchange connection it uses. */
  readonly connection?: ConnectionVersion;
  /** The certificates that it and its connection name. */
  readonly certificates?: CertificatesById;
}

/** A version of an Exchange connection. */
export interface ConnectionVersion {
  readonly resource: string;
  readonly version: number;
  readonly content: ExchangeConnectionContent;
}

/**
 * Follows the servers in the settings. `onServers` gets those that have changed or were saved again, or whose Exchange
 * connection or certificates have: once for all of the past, then after each batch, so that only versions that still
 * count are ever built. The returned function ends that.
 */
export function followServers(
  settings: Pick<Fold<SettingsState>, 'state' | 'onChange'>,
  onServers: (versions: readonly ServerVersion[]) => void,
): () => void {
  const announced = new Map<string, string>();
  return settings.onChange(() => {
    const changed = serverVersions(settings.state).filter(
      (version) => announced.get(version.resource) !== versionsOf(version, settings.state),
    );
    changed.forEach((version) => announced.set(version.resource, versionsOf(version, settings.state)));
    if (changed.length > 0) {
      onServers(changed);
    }
  });
}

function serverVersions(state: SettingsState): readonly ServerVersion[] {
  return [...state.servers.values()].map(({ resource, version, content }) => {
    const connection = content.serverType === 'exchange' ? connectionOf(state, content.exchange) : undefined;
    return {
      resource,
      serverId: resource.slice('outgoing-servers/'.length),
      version,
      content,
      ...(connection === undefined ? {} : { connection }),
      certificates: namedCertificates(state, content, connection?.content),
    };
  });
}

function connectionOf(
  { exchangeConnections }: SettingsState,
  { connectionId }: { readonly connectionId: string | null },
): ConnectionVersion | undefined {
  const state = exchangeConnections.get(`${exchangeConnectionKind.prefix}${connectionId ?? ''}`);
  if (state === undefined || state.content === null) return undefined;
  const { resource, version, content } = state;
  return { resource, version, content };
}

/** Equal text: nothing that the server consists of has changed, and nobody has saved it again. */
function versionsOf(server: ServerVersion, { confirmations }: Pick<SettingsState, 'confirmations'>): string {
  const { connection, certificates } = server;
  const parts = [
    server,
    ...(connection === undefined ? [] : [connection]),
    ...(certificates?.values() ?? []),
  ];
  return parts
    .map(({ resource, version }) => `${resource} ${version} ${confirmations.get(resource) ?? 0}`)
    .join(' ');
}
