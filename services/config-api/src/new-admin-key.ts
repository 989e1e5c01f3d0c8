/**
 * The way back for whoever owns the machine when the last admin key is lost: another admin key, made beside the log and
 * without the API. It is an event like any other, so the history says when it was made, where, and by which means.
 */
import { hostname, userInfo } from 'node:os';
import { replacePrivateFile } from '@postausgang/configuration';
import type { Actor } from '@postausgang/contracts';
import { createPublisher, eachEvent, type EventLog, startFold } from '@postausgang/event-log';
import { generateApiKey, sha256OfApiKey } from '@postausgang/http';
import { createSenderChecksState, createSettingsState, evolveSettings } from '@postausgang/settings';
import { createSettingsStore } from './settings/store.ts';

interface NewAdminKeyOptions {
  readonly log: EventLog;
  /** The file that gets the key; one that is there is replaced. */
  readonly path: string;
  readonly now: () => Date;
  readonly newId: () => string;
}

const outcomeTimeoutMs = 30_000;

/** Who was at the machine, as far as it knows. */
function actorAtTheMachine(): Actor {
  return { kind: 'system', id: 'admin-key', name: `${userName()} on ${hostname()}`.slice(0, 200) };
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
}

/** Resolves when the key counts; throws the problems of `SettingsStore.write` and the errors of the log. */
export async function createNewAdminKey({ log, path, now, newId }: NewAdminKeyOptions): Promise<void> {
  const settings = startFold({
    log,
    topic: 'settings',
    state: createSettingsState(),
    apply: eachEvent(evolveSettings),
  });
  try {
    await settings.caughtUp;
    const publisher = createPublisher(log, { source: '/config-api', now, newId });
    const store = createSettingsStore({
      settings,
      publisher,
      outcomeTimeoutMs,
      identityHosts: new Set(),
      hasTestMailbox: false,
      senderChecks: createSenderChecksState(),
    });
    const key = generateApiKey();
    const keyId = newId();
    // The file comes first: a key that counts and that nobody has would have to be revoked by hand.
    await replacePrivateFile(path, `${key}\n`);
    const at = now();
    const verdict = await store.write(
      'apiKeyCreated',
      `api-keys/${keyId}`,
      {
        keyId,
        name: 'admin key made at the machine',
        sha256: sha256OfApiKey(key),
        scopes: ['admin'],
        expiresAt: null,
        actor: actorAtTheMachine(),
      },
      { id: newId(), time: at.toISOString() },
    );
    if (verdict !== 'accepted') {
      throw new Error(`The new admin key was not taken: ${verdict}`);
    }
  } finally {
    await settings.stop();
  }
}

interface AdminKeyCommand {
  /** What stands behind the command. */
  readonly options: readonly string[];
  /** Makes the key; resolves with its file. */
  readonly make: () => Promise<string>;
  readonly out: Pick<NodeJS.WriteStream, 'write'>;
  readonly err: Pick<NodeJS.WriteStream, 'write'>;
}

/** The command `admin-key --new`. Resolves with the exit code; the key itself is not printed. */
export async function runAdminKeyCommand({ options, make, out, err }: AdminKeyCommand): Promise<number> {
  const [option, ...more] = options;
  if (option !== '--new' || more.length > 0) {
    err.write('Usage: npm run admin-key -- --new\n');
    return 2;
  }
  try {
    out.write(`The new admin key is in ${await make()}\n`);
    return 0;
  } catch (error) {
    err.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
