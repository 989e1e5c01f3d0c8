import { hash } from 'node:crypto';
import { BulkMailAnswerSchema, BulkMailSchema, type BulkVerb, bulkVerbs } from '@postausgang/contracts';
import { hasScope, type HttpPlugin, parseIdempotencyKey, type Principal } from '@postausgang/http';
import type { Mail } from '@postausgang/mail';
import { manyMails } from '../view/mail-view.ts';
import { requireRecipients, requireSendersAgain, reserveQuota } from './key-permissions.ts';
import { requesterFrom } from './mail-owner.ts';
import { appendProblem, IdempotencyHeadersSchema, type MailRoutesDeps } from './route-deps.ts';

const summaries: Readonly<Record<BulkVerb, string>> = {
  resend: 'Resend all mails of a filter',
  release: 'Release all mails of a filter',
  cancel: 'Cancel all mails of a filter',
};

const description = `
One command for all mails that the filter matches and the key may command. With \`dryRun\`, the answer only counts them.
Otherwise each mail gets a command of its own, which is answered like that of the verb for one mail; a mail that has changed
in the meantime declines it. Resends come under the quotas, the senders and the recipient domains of the key that asks for them, all of
them together: what they do not allow is refused as a whole.
`.trim();

/** POST /v1/mails/resend, release and cancel. */
export const bulkMailVerbs: HttpPlugin<MailRoutesDeps> = async (app, deps) => {
  const resends = createResends(deps);
  for (const verb of bulkVerbs) {
    const schema = {
      operationId: `${verb}Mails`,
      summary: summaries[verb],
      description,
      tags: ['mails'],
      headers: IdempotencyHeadersSchema,
      body: { ...BulkMailSchema, examples: [{ filter: {}, dryRun: true }] },
      response: { 202: BulkMailAnswerSchema },
    };
    const refusals =
      verb === 'resend'
        ? (['sender-not-allowed', 'recipient-not-allowed', 'quota-exceeded', 'mail-invalid'] as const)
        : [];
    const problems = ['outcome-unknown', 'overloaded', 'log-unavailable', 'log-full', ...refusals] as const;
    const config = { scopes: ['mail:manage'], problems } as const;
    app.post(`/v1/mails/${verb}`, { schema, config }, async ({ body, headers, principal }, reply) => {
      const { dryRun = false, ...asked } = body;
      const of = hasScope(principal, 'mail:manage:all') ? {} : { of: requesterFrom(principal) };
      const pages = (): Iterable<readonly Mail[]> =>
        deps.queue.matching({ verb, filter: asked.filter, ...of });
      let matched = 0;
      for (const mails of pages()) matched += mails.length;
      void reply.status(202);
      if (dryRun) {
        return { id: null, verb, matched };
      }
      const id = commandId(deps, principal, verb, asked, parseIdempotencyKey(headers['idempotency-key']));
      // Nothing comes of a repetition, so nothing would give back what it reserves.
      if (deps.queue.commandIds(manyMails, id).includes(id)) {
        return { id, verb, matched };
      }
      const giveBack = verb === 'resend' ? resends.permit(principal, id, pages()) : () => undefined;
      const actor = asked.actor ?? principal.name;
      const data = { ...asked, verb, ...of, actor, requestedBy: principal.id };
      await deps.publisher.publish('mailBulkRequested', id, data, { id }).catch((error: unknown) => {
        giveBack();
        throw appendProblem(error);
      });
      return { id, verb, matched };
    });
  }
};

/** Resends are mails of the key that asks for them, many as well as one. */
function createResends(deps: MailRoutesDeps) {
  const underWay = new Set<string>();
  return {
    /**
     * Reserves what the resends use of the quotas until the log counts them. The result gives it back. Throws
     * `sender-not-allowed`, `recipient-not-allowed`, `quota-exceeded`, and `mail-invalid` where they are more than a
     * quota ever allows.
     */
    permit(principal: Principal, commandId: string, pages: Iterable<readonly Mail[]>): () => void {
      // Without permissions there are no limits, and a repetition of a command that is under way asks for nothing more.
      if (principal.permissions === undefined || underWay.has(commandId)) return () => undefined;
      const usage = { mails: 0, recipients: 0, bytes: 0 };
      const rules = deps.sendingRules();
      for (const mails of pages) {
        for (const mail of mails) requireSendersAgain(principal, rules, mail);
        const addresses = mails.flatMap(({ recipients }) => recipients.map(({ address }) => address));
        for (const address of addresses) requireRecipients(principal, [{ pointer: '/filter', address }]);
        usage.mails += mails.length;
        usage.recipients += addresses.length;
      }
      const reservation = reserveQuota(deps, principal, () => usage);
      if (reservation === undefined) return () => undefined;
      underWay.add(commandId);
      const end = (): void => {
        underWay.delete(commandId);
        reservation.end();
      };
      const forget = deps.queue.whenExpanded(commandId, end);
      return () => {
        forget();
        end();
      };
    },
  };
}

/** Under a key a repetition is the same command. */
function commandId(
  { newId }: MailRoutesDeps,
  principal: Pick<Principal, 'id'>,
  verb: BulkVerb,
  asked: object,
  key: string | undefined,
): string {
  const digest = (value: unknown): string => hash('sha256', JSON.stringify(value), 'base64url');
  return key === undefined ? newId() : `key.${digest([principal.id, key, verb, asked])}`;
}
