import type { Sealer } from '@postausgang/credentials';
import type { RateLimiter } from '@postausgang/http';
import type { NewSecret } from '@postausgang/settings';
import type { ApiKeyChanger } from '../api-keys.ts';
import type { ConnectionTests } from '../connection-tests.ts';
import type { EventStreamOptions } from '../event-stream.ts';
import type { MailerStatus } from '../mailer-status.ts';
import type { ChangeResource } from '../settings/changes.ts';
import type { SettingsStore } from '../settings/store.ts';

/** What the routes work with. */
export interface RouteContext {
  readonly store: SettingsStore;
  readonly changeResource: ChangeResource;
  readonly mailers: MailerStatus;
  readonly connectionTests: ConnectionTests;
  readonly connectionTestLimiter: RateLimiter;
  readonly apiKeys: ApiKeyChanger;
  readonly eventStream: EventStreamOptions;
  readonly seal: (secret: NewSecret) => ReturnType<Sealer['seal']>;
  readonly now: () => Date;
  readonly newId: () => string;
  /** How long `Prefer: wait=applied` waits at most. */
  readonly appliedWaitMs: number;
  /** Aborted when the server closes: nobody waits for mailers any longer. */
  readonly closing: AbortSignal;
}
