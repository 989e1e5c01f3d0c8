/*
 * What a mail says. It is more than its status, so it needs a scope of its own. Whose mails those are is as for the status.
 */
import { ContentStoreError } from '@postausgang/content-store';
import { type MailContent, MailContentSchema } from '@postausgang/contracts';
import { type HttpPlugin, type Principal, ProblemError } from '@postausgang/http';
import { Type } from '@sinclair/typebox';
import { readMessage, readPart } from '../reading/read-message.ts';
import { bytes, bytesAs, sendHtml, sendPart, sendSource } from '../reading/show-message.ts';
import { requireMail } from './mail-owner.ts';
import { appendProblem, MailParamsSchema, type MailRoutesDeps } from './route-deps.ts';

const attachmentParams = Type.Object({
  ...MailParamsSchema.properties,
  number: Type.Integer({ minimum: 1, description: 'Number of the attachment', examples: [1] }),
});

const config = {
  scopes: ['mail:content'],
  problems: [
    'not-found',
    'history-incomplete',
    'content-gone',
    'mail-invalid',
    'store-unavailable',
    'stopping',
  ],
} as const;

const kept =
  'The message is kept as long as its request, and the large parts of it as long as the content store keeps them. Any mailer ' +
  'answers. After that, the answer is `content-gone`. Without `mail:read:all`, it is about mails that the caller requested.';

const contentSchema = {
  operationId: 'getMailContent',
  summary: 'Get the content of a mail',
  description: `The texts, the header fields and the attachments of the message, before it is signed or encrypted. ${kept}`,
  tags: ['mails'],
  params: MailParamsSchema,
  response: { 200: MailContentSchema },
};

const rawSchema = {
  operationId: 'getMailSource',
  summary: 'Get the message of a mail',
  description: `The message as it goes out, signed and encrypted if the mail is. ${kept}`,
  tags: ['mails'],
  params: MailParamsSchema,
  response: bytesAs('The message (RFC 5322)', 'message/rfc822', bytes),
};

const htmlSchema = {
  operationId: 'getMailHtml',
  summary: 'Get the HTML text of a mail',
  description:
    'Images in the message are part of the answer. A content security policy prevents scripts, forms and remote content.',
  tags: ['mails'],
  params: MailParamsSchema,
  response: bytesAs('The text, made safe to show by the headers of the answer', 'text/html', bytes),
};

const attachmentSchema = {
  operationId: 'getMailAttachment',
  summary: 'Get an attachment of a mail',
  tags: ['mails'],
  params: attachmentParams,
  response: bytesAs('Always as a download', 'application/octet-stream', bytes),
};

/** GET /v1/mails/{id}/content, raw, html and attachments/{number}. */
export const mailContent: HttpPlugin<Pick<MailRoutesDeps, 'queue'>> = async (app, { queue }) => {
  const messageOf = async (
    id: string,
    principal: Principal,
    as: 'composed' | 'sent',
  ): Promise<Uint8Array> => {
    const mail = requireMail(queue.find(id), principal, 'mail:read');
    const content = await queue.content(mail, as).catch((error: unknown) => {
      throw error instanceof ContentStoreError ? appendProblem(error) : error;
    });
    switch (content.kind) {
      case 'message':
        return content.bytes;
      case 'gone':
        throw new ProblemError('content-gone');
      case 'none':
        throw new ProblemError('mail-invalid', { detail: `There is no message: ${content.detail}` });
      default:
        return content satisfies never;
    }
  };

  app.get(
    '/v1/mails/:id/content',
    { schema: contentSchema, config },
    async ({ params: { id }, principal }): Promise<MailContent> => {
      const message = await messageOf(id, principal, 'composed');
      return { id, sizeBytes: message.length, ...(await readMessage(message)) };
    },
  );

  app.get('/v1/mails/:id/raw', { schema: rawSchema, config }, async ({ params: { id }, principal }, reply) =>
    sendSource(reply, id, await messageOf(id, principal, 'sent')),
  );

  app.get(
    '/v1/mails/:id/html',
    { schema: htmlSchema, config },
    async ({ params: { id }, principal }, reply) => {
      const part = await readPart(await messageOf(id, principal, 'composed'), 'html');
      if (part === null) throw new ProblemError('not-found', { detail: 'The mail has no text in HTML.' });
      return sendHtml(reply, part.bytes);
    },
  );

  app.get(
    '/v1/mails/:id/attachments/:number',
    { schema: attachmentSchema, config },
    async ({ params: { id, number }, principal }, reply) => {
      const part = await readPart(await messageOf(id, principal, 'composed'), number);
      if (part === null) throw new ProblemError('not-found', { detail: 'The mail has no such attachment.' });
      return sendPart(reply, part.filename ?? `attachment-${number}`, part.bytes);
    },
  );
};
