import { hash } from 'node:crypto';
import { BulkMailAnswerSchema, BulkMailSchema, type BulkVerb, bulkVerbs } from '@postausgang/contracts';
import { hasScope, type HttpPlugin, parseIdempotencyKey, type Principal } from '@postausgang/http';
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
in the meantime declines it.
`.trim();

/** POST /v1/mails/resend, release and cancel. */
export const bulkMailVerbs: HttpPlugin<MailRoutesDeps> = async (app, deps) => {
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
    const problems = ['outcome-unknown', 'overloaded', 'log-unavailable', 'log-full'] as const;
    const config = { scopes: ['mail:manage'], problems } as const;
    app.post(`/v1/mails/${verb}`, { schema, config }, async ({ body, headers, principal }, reply) => {
      const { dryRun = false, ...asked } = body;
      const of = hasScope(principal, 'mail:manage:all') ? {} : { of: requesterFrom(principal) };
      const matched = deps.queue.count({ verb, filter: asked.filter, ...of });
      void reply.status(202);
      if (dryRun) {
        return { id: null, verb, matched };
      }
      const id = commandId(deps, principal, verb, asked, parseIdempotencyKey(headers['idempotency-key']));
      const actor = asked.actor ?? principal.name;
      const data = { ...asked, verb, ...of, actor, requestedBy: principal.id };
      await deps.publisher.publish('mailBulkRequested', id, data, { id }).catch((error: unknown) => {
        throw appendProblem(error);
      });
      return { id, verb, matched };
    });
  }
};

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
