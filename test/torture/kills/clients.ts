import { randomUUID } from 'node:crypto';
import type { MailStatus } from '@postausgang/contracts';
import type { StandaloneProcess } from '../../end-to-end/standalone-process.ts';

export interface Submissions {
  /** The mails that were acknowledged. */
  readonly accepted: Set<string>;
  /** Submits one mail after the other until the service is gone. */
  submitUntilKilled(service: StandaloneProcess): Promise<void>;
}

const clients = 8;

/**
 * An ERP that gives every mail a key and asks again, with the same key, until it has an answer. So a kill between the
 * record and the answer is seen from both sides: the mail is there, and it is one mail.
 */
export function createSubmissions(onUnknown: 'hold' | 'resend'): Submissions {
  const accepted = new Set<string>();
  const unanswered = new Set<string>();

  const submit = async (service: StandaloneProcess, key: string): Promise<void> => {
    unanswered.add(key);
    const answer = await service.call('POST', '/v1/mails', {
      headers: { 'idempotency-key': key },
      body: { to: [{ address: 'kunde@example.com' }], subject: `Rechnung ${key}`, text: 'Anbei.', onUnknown },
    });
    if (answer.status !== 202 && answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    accepted.add((answer.body as MailStatus).id);
    unanswered.delete(key);
  };
  const client = async (service: StandaloneProcess, again: string[]): Promise<void> => {
    for (;;) await submit(service, again.pop() ?? randomUUID());
  };
  return {
    accepted,
    async submitUntilKilled(service) {
      const again = [...unanswered];
      await Promise.allSettled(Array.from({ length: clients }, () => client(service, again)));
    },
  };
}
