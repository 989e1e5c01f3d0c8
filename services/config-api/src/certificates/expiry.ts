import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import type { Credential } from '@postausgang/contracts';
import { credentialsOf, crossedThreshold } from '@postausgang/settings';
import type { SettingsStore } from '../settings/store.ts';

/** How long certificates and client secrets are still good for. */
export function addCredentialMetrics(registry: Registry, credentials: () => readonly Credential[]): void {
  const gauge = new Gauge({
    name: 'postausgang_credential_expiry_timestamp_seconds',
    help: 'When a certificate or client secret expires, in seconds since 1970',
    labelNames: ['resource', 'credential'],
    registers: [registry],
    collect() {
      gauge.reset();
      for (const { resource, credential, expiresAt } of credentials()) {
        gauge.set({ resource, credential }, Date.parse(expiresAt) / 1000);
      }
    },
  });
}

interface ExpiryWarningsOptions {
  readonly store: SettingsStore;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** Says once for each threshold that a credential expires. */
interface ExpiryWarnings {
  /** To be called when the settings are known: looks at once, and again every hour. */
  start(): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

const everyMs = 60 * 60 * 1000;

/**
 * The id of a warning follows from credential, end and threshold: it stands in the log once however often, and by however
 * many services, it is noticed. A service that was down tells the smallest threshold that has been crossed since.
 */
export function createExpiryWarnings({ store, now, logger }: ExpiryWarningsOptions): ExpiryWarnings {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    const time = now();
    for (const credential of credentialsOf(store.state, time.getTime())) {
      const days = crossedThreshold(credential.expiresAt, time.getTime());
      const id = days === undefined ? undefined : warningId(credential, days);
      if (days === undefined || id === undefined || store.state.expiryWarnings.has(id)) continue;
      await warn(credential, days, { id, time: time.toISOString() });
    }
  };

  async function warn(
    { resource, credential, name, expiresAt, usedBy }: Credential,
    days: number,
    event: { readonly id: string; readonly time: string },
  ): Promise<void> {
    logger.warn({ resource, credential, expiresAt, days }, 'a credential expires soon');
    const data = { resource, credential, name, expiresAt, days, usedBy };
    await store.write('credentialExpiring', resource, data, event);
  }

  const again = (): void => {
    running = running.then(look).catch((error: unknown) => {
      logger.warn({ err: error }, 'a warning of an expiring credential could not be written; trying again');
    });
  };
  return {
    start() {
      again();
      timer = setInterval(again, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

function warningId({ resource, credential, expiresAt }: Credential, days: number): string {
  const text = JSON.stringify([resource, credential, expiresAt, days]);
  return `expiring.${createHash('sha256').update(text).digest('base64url')}`;
}
