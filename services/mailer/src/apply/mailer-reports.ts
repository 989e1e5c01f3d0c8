import type { Publisher } from '@postausgang/event-log';
import type { Logger } from 'pino';
import type { Receipt } from './applier.ts';

export interface MailerReportsOptions {
  readonly publisher: Publisher;
  readonly mailerId: string;
  /** A new id for each start. */
  readonly runId: string;
  /**
   * Says so often that the mailer is alive, and that it counts as dead after three such times of silence. Undefined:
   * says nothing, and counts as live until it stops.
   */
  readonly heartbeatMs: number | undefined;
  readonly logger: Logger;
}

/** What a mailer says of itself. */
export interface MailerReports {
  /** Takes back the receipts of an earlier run. Rejects with the errors of the log. */
  started(): Promise<void>;
  /** Publishes a receipt; one that cannot be written is logged, the mail goes on. */
  applied(receipt: Receipt): void;
  /** After the receipts under way. */
  stopped(): Promise<void>;
}

const leasePerHeartbeat = 3;

export function createMailerReports(options: MailerReportsOptions): MailerReports {
  const { publisher, mailerId, runId, heartbeatMs, logger } = options;
  const underWay = new Set<Promise<unknown>>();
  let heartbeat: NodeJS.Timeout | undefined;
  let isBeating = false;

  async function publishReceipt({ version, state, servingVersion, failure }: Receipt): Promise<void> {
    const { resource } = version;
    logger[state === 'applied' ? 'info' : 'warn'](
      { resource, version: version.version, state, servingVersion, failure: failure?.code },
      'settings version',
    );
    await publisher.publish('settingsApplied', `${mailerId}/${resource}`, {
      mailerId,
      resource,
      version: version.version,
      state,
      servingVersion,
      failure,
      runId,
    });
  }

  function track(publishing: Promise<unknown>, ifNot: string): Promise<unknown> {
    const tracked = publishing
      .catch((error: unknown) => logger.error({ err: error }, ifNot))
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return tracked;
  }

  // While the log does not answer one sign of life waits, not many.
  function beat(leaseMs: number): void {
    if (isBeating) return;
    isBeating = true;
    const published = publisher.publish('mailerAlive', mailerId, { mailerId, runId, leaseMs });
    void track(published, 'a sign of life could not be written').then(() => (isBeating = false));
  }

  return {
    async started() {
      const leaseMs = heartbeatMs === undefined ? undefined : heartbeatMs * leasePerHeartbeat;
      const lease = leaseMs === undefined ? {} : { leaseMs };
      await publisher.publish('mailerStarted', mailerId, { mailerId, runId, ...lease });
      if (leaseMs !== undefined) heartbeat = setInterval(() => beat(leaseMs), heartbeatMs);
    },
    applied(receipt) {
      void track(publishReceipt(receipt), 'a receipt could not be written');
    },
    async stopped() {
      clearInterval(heartbeat);
      await Promise.all(underWay);
      await publisher.publish('mailerStopped', mailerId, { mailerId, runId });
    },
  };
}
