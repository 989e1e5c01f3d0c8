import { type Static, Type } from '@sinclair/typebox';
import { NamedObject, Nullable } from '../schemas.ts';

/** What a message says and has in it. */
export const messageFields = {
  headers: Type.Array(NamedObject('MessageHeader', { name: Type.String(), value: Type.String() }), {
    description: 'In their order, decoded',
  }),
  text: Nullable(Type.String()),
  hasHtml: Type.Boolean({ description: 'Whether there is a text in HTML, at `…/html`' }),
  attachments: Type.Array(
    NamedObject('MessageAttachment', {
      number: Type.Integer({ description: 'Its place in the message, from 1; the last part of its address' }),
      filename: Nullable(Type.String()),
      contentType: Type.String(),
      contentId: Nullable(Type.String()),
      sizeBytes: Type.Integer(),
    }),
  ),
  html: Nullable(
    Type.String({
      description:
        'As it is in the message, and not safe to show: `…/html` is the text with what makes it safe',
    }),
  ),
};

/** The content of a mail, read. */
export const MailContentSchema = NamedObject('MailContent', {
  id: Type.String({ description: 'ID of the mail' }),
  sizeBytes: Type.Integer({ description: 'Of the message' }),
  ...messageFields,
});
export type MailContent = Static<typeof MailContentSchema>;
