import {
  CancelMailSchema,
  HoldMailSchema,
  MailStatusSchema,
  ReleaseMailSchema,
  ResendMailSchema,
  ResolveMailSchema,
} from '@postausgang/contracts';
import { type HttpServer, parseIdempotencyKey, type Principal } from '@postausgang/http-server';
import { commandMail, type Wish } from './command-mail.ts';
import type { MailRoutesDeps } from './mail-routes-deps.ts';
import { IdempotencyHeadersSchema, MailParamsSchema } from './mail-schemas.ts';

const common = {
  tags: ['mails'],
  headers: IdempotencyHeadersSchema,
  params: MailParamsSchema,
  response: { 200: MailStatusSchema },
};
const scopes = ['mail:manage'] as const;
const always = [
  'not-found',
  'idempotency-conflict',
  'outcome-unknown',
  'overloaded',
  'log-unavailable',
  'log-full',
] as const;
const tooLate = ['mail-sending', 'mail-finished'] as const;

/** POST /v1/mails/{id}/hold, release, cancel, resend and resolve. Repeating one is no mistake. */
export function addMailVerbRoutes(app: HttpServer, deps: MailRoutesDeps): void {
  addHoldRoutes(app, deps);
  addRoundRoutes(app, deps);
}

interface VerbRequest {
  readonly params: { readonly id: string };
  readonly headers: { readonly 'idempotency-key'?: string };
  readonly principal: Principal;
}

const run = (deps: MailRoutesDeps, { params, headers, principal }: VerbRequest, wish: Wish) =>
  commandMail(deps, {
    mailId: params.id,
    wish,
    principal,
    idempotencyKey: parseIdempotencyKey(headers['idempotency-key']),
  });

function addHoldRoutes(app: HttpServer, deps: MailRoutesDeps): void {
  app.post(
    '/v1/mails/:id/hold',
    {
      schema: {
        ...common,
        operationId: 'holdMail',
        summary: 'Let a mail wait until it is released',
        description: 'Possible until the message is with the server. It does not expire while it is held.',
        body: HoldMailSchema,
      },
      config: { scopes, optionalBody: true, problems: [...always, ...tooLate] },
    },
    async (request) => run(deps, request, { name: 'mailHoldRequested', body: request.body }),
  );
  app.post(
    '/v1/mails/:id/release',
    {
      schema: {
        ...common,
        operationId: 'releaseMail',
        summary: 'Let a held mail go on',
        description: 'Where `notAfter` has passed in the meantime, it takes a later one.',
        body: ReleaseMailSchema,
      },
      config: {
        scopes,
        optionalBody: true,
        problems: [...always, ...tooLate, 'mail-disabled', 'not-after-passed'],
      },
    },
    async (request) => run(deps, request, { name: 'mailReleaseRequested', body: request.body }),
  );
  app.post(
    '/v1/mails/:id/cancel',
    {
      schema: {
        ...common,
        operationId: 'cancelMail',
        summary: 'Do not send a mail any more',
        description: 'Whoever still waits gets nothing. Possible until the message is with the server.',
        body: CancelMailSchema,
      },
      config: { scopes, optionalBody: true, problems: [...always, ...tooLate] },
    },
    async (request) => run(deps, request, { name: 'mailCancelRequested', body: request.body }),
  );
}

const resendDescription = `
Opens another round for a mail that has ended: for the recipients named, else for all that have not got it for certain,
\`unknown\` ones included. Nobody who is \`sent\` gets it again without \`force\`. The message is the same, byte for byte;
only where an address is corrected, its header names the corrected one.
`.trim();

function addRoundRoutes(app: HttpServer, deps: MailRoutesDeps): void {
  app.post(
    '/v1/mails/:id/resend',
    {
      schema: {
        ...common,
        operationId: 'resendMail',
        summary: 'Send a mail that has ended again, also to corrected recipients',
        description: resendDescription,
        body: {
          ...ResendMailSchema,
          examples: [
            {},
            { recipients: [{ address: 'kunde@exmaple.com', correctedAddress: 'kunde@example.com' }] },
          ],
        },
      },
      config: {
        scopes,
        optionalBody: true,
        problems: [
          ...always,
          'mail-not-finished',
          'recipient-sent',
          'recipient-unknown',
          'correction-invalid',
          'not-after-passed',
        ],
      },
    },
    async (request) => run(deps, request, { name: 'mailResendRequested', body: request.body }),
  );
  app.post(
    '/v1/mails/:id/resolve',
    {
      schema: {
        ...common,
        operationId: 'resolveMail',
        summary: 'Say what became of an unknown outcome',
        description:
          'It supersedes `unknown`, once. With `not-sent` the mail can go out again at the same time.',
        body: {
          ...ResolveMailSchema,
          examples: [{ outcome: 'sent' }, { outcome: 'not-sent', resend: true }],
        },
      },
      config: {
        scopes,
        problems: [...always, 'outcome-not-unknown', 'recipient-unknown', 'not-after-passed'],
      },
    },
    async (request) => run(deps, request, { name: 'mailResolveRequested', body: request.body }),
  );
}
