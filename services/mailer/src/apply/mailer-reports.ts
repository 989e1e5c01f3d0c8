import type { Publisher } from '@postausgang/event-log';
import type { Logger } from 'pino';
import type { Receipt } from './applier.ts';

export interface MailerReportsOptions {
  readonly publisher: Publisher;
  readonly mailerId: string;
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

export function createMailerReports({ publisher, mailerId, logger }: MailerReportsOptions): MailerReports {
  const underWay = new Set<Promise<unknown>>();

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
    });
  }

  return {
    async started() {
      await publisher.publish('mailerStarted', mailerId, { mailerId });
    },
    applied(receipt) {
      const published = publishReceipt(receipt)
        .catch((error: unknown) => logger.error({ err: error }, 'a receipt could not be written'))
        .finally(() => underWay.delete(published));
      underWay.add(published);
    },
    async stopped() {
      await Promise.all(underWay);
      await publisher.publish('mailerStopped', mailerId, { mailerId });
    },
  };
}
