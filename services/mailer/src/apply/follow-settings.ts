import type { Logger } from 'pino';
import { namedCertificates } from '@postausgang/credentials';
import { type EventLog, type Follower, followEvents } from '@postausgang/event-log';
import {
  createSettingsState,
  evolveSettings,
  exchangeConnectionKind,
  type SettingsState,
} from '@postausgang/settings';
import type { ConnectionVersion, ServerVersion } from './applier.ts';

export interface SettingsFollower {
  /** Resolves when the state is that of the log's end at the start. */
  readonly caughtUp: Promise<void>;
  /** The fold itself: read it, do not change it. */
  readonly state: SettingsState;
  stop(): Promise<void>;
}

/**
 * Folds the settings log. `onServers` gets the servers that have changed, or whose Exchange connection or certificates have: once for all of the past when it has
 * caught up, then after each batch, so that only versions that still count are ever built.
 */
export function followSettings(
  log: EventLog,
  logger: Logger,
  onServers: (versions: readonly ServerVersion[]) => void,
): SettingsFollower {
  const state = createSettingsState();
  let live = false;
  const announced = new Map<string, string>();

  function announce(): void {
    const changed = serverVersions(state).filter(
      (version) => announced.get(version.resource) !== versionsOf(version),
    );
    for (const version of changed) {
      announced.set(version.resource, versionsOf(version));
    }
    if (changed.length > 0) {
      onServers(changed);
    }
  }

  const follower: Follower = followEvents(log, 'settings', 'start', (items) => {
    for (const { result, position } of items) {
      if (result.ok) {
        evolveSettings(state, result.event);
      } else {
        logger.warn(
          { position, reason: result.reason },
          'a settings record cannot be read and is stepped over',
        );
      }
    }
    if (live) {
      announce();
    }
  });
  const caughtUp = follower.caughtUp.then(() => {
    live = true;
    announce();
  });
  return { caughtUp, state, stop: () => follower.stop() };
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

/** Equal text: nothing that the server consists of has changed. */
function versionsOf({ version, connection, certificates }: ServerVersion): string {
  const parts = [...(connection === undefined ? [] : [connection]), ...(certificates?.values() ?? [])];
  return [version, ...parts.map((part) => `${part.resource} ${part.version}`)].join(' ');
}
