/** The built-in test mailbox: a server type of its own, whose mail stays in the memory of the service. */
import { type Static, Type } from '@sinclair/typebox';
import { messageFields } from './mail/mail-content.ts';
import { closed, Instant, Line, NamedObject, Nullable, StringEnum } from './schemas.ts';

/** What the mailbox does with a message after the final dot. */
const messageReplies = ['accept', 'defer', 'reject', 'drop'] as const;

const matching = (reply: string) =>
  Type.Array(Line(254, { minLength: 1, examples: ['nobody@example.com', 'example.org'] }), {
    maxItems: 100,
    uniqueItems: true,
    description: `Recipients that are refused with ${reply}: addresses, domains, or \`*\` for all`,
  });

/** How the mailbox misbehaves, to see each outcome of a mail. The defaults accept everything. */
export const TestMailboxBehaviorSchema = Type.Object(
  {
    rejectRecipients: matching('550'),
    deferRecipients: matching('450'),
    delaySeconds: Type.Integer({
      minimum: 0,
      maximum: 300,
      description: 'How long the mailbox waits before it replies to a message',
    }),
    afterMessage: StringEnum(messageReplies, {
      description:
        'What follows the message. accept: 250. defer: 451, so the mail is tried again. reject: 554. drop: the message ' +
        'is kept, but the connection breaks before the reply, so the outcome is `unknown`',
    }),
  },
  { ...closed, $id: 'TestMailboxBehavior' },
);
export type TestMailboxBehavior = Static<typeof TestMailboxBehaviorSchema>;

const summary = {
  id: Type.String(),
  receivedAt: Instant(),
  sender: Type.String({ description: 'Sender of the envelope' }),
  recipients: Type.Array(Type.String(), { description: 'Recipients of the envelope, blind copies included' }),
  messageId: Nullable(Type.String({ description: 'Message-ID, as in the status of the mail' })),
  subject: Nullable(Type.String()),
  sizeBytes: Type.Integer(),
};

/** The messages, newest first, with what bounds them. */
export const TestMailboxSchema = NamedObject('TestMailbox', {
  messages: Type.Array(NamedObject('TestMailboxMessageSummary', summary)),
  maxMessages: Type.Integer({ description: 'With one more, the oldest is dropped' }),
  maxBytes: Type.Integer({ description: 'Of all messages together. With more, the oldest are dropped' }),
  behavior: TestMailboxBehaviorSchema,
});
export type TestMailboxView = Static<typeof TestMailboxSchema>;

/** One message, read. */
export const TestMailboxMessageSchema = NamedObject('TestMailboxMessage', {
  ...summary,
  ...messageFields,
});
export type TestMailboxMessage = Static<typeof TestMailboxMessageSchema>;
