import {
  type TestMailboxBehavior,
  TestMailboxBehaviorSchema,
  type TestMailboxMessage,
  TestMailboxMessageSchema,
  TestMailboxSchema,
  type TestMailboxView,
} from '@postausgang/contracts';
import { type HttpPlugin, NoContent, ProblemError } from '@postausgang/http';
import { readHeaderFields } from '@postausgang/message';
import { Type } from '@sinclair/typebox';
import { decodeWords } from 'postal-mime';
import type { ReceivedMessage } from './kept-messages.ts';
import { type MessagePart, readMessage, readPart } from '../reading/read-message.ts';
import { bytes, bytesAs, sendHtml, sendPart, sendSource } from '../reading/show-message.ts';
import type { TestMailbox } from './test-mailbox.ts';

/** The messages belong to whoever has asked for them, and nobody here knows who that was. */
const readConfig = { scopes: ['mail:read:all'] } as const;
const messageConfig = { ...readConfig, problems: ['not-found'] } as const;
const changeConfig = { scopes: ['mail:manage:all'] } as const;

const tags = ['test mailbox'];
const messageParams = Type.Object({
  id: Type.String({
    description: 'ID of the message in the mailbox',
    examples: ['8d5c3b1a-6f0e-4d7e-9a53-0c1f7f0e2b11'],
  }),
});
const attachmentParams = Type.Object({
  ...messageParams.properties,
  number: Type.Integer({ minimum: 1, description: 'Number of the attachment', examples: [1] }),
});

type Summary = TestMailboxView['messages'][number];

function summaryOf({ id, receivedAt, sender, recipients, bytes: message }: ReceivedMessage): Summary {
  const fields = readHeaderFields(message) ?? [];
  const valueOf = (name: string): string | null =>
    fields.find((field) => field.name === name)?.value.trim() ?? null;
  const subject = valueOf('subject');
  return {
    id,
    receivedAt,
    sender,
    recipients: [...recipients],
    messageId: valueOf('message-id'),
    subject: subject === null ? null : decodeWords(subject),
    sizeBytes: message.length,
  };
}

function viewOf({ messages, bounds, behavior }: TestMailbox): TestMailboxView {
  return { messages: messages.list().map(summaryOf), ...bounds, behavior: behavior() };
}

/** Throws `not-found`. */
function found<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new ProblemError('not-found', { detail: what });
  return value;
}

const noMessage = 'The test mailbox has no message with this ID. It keeps the newest ones.';

/** The routes of the built-in test mailbox. */
export const testMailboxRoutes: HttpPlugin<TestMailbox> = async (app, mailbox) => {
  const messageOf = (id: string): ReceivedMessage => found(mailbox.messages.find(id), noMessage);
  const partOf = async (id: string, part: 'html' | number): Promise<MessagePart> =>
    found(await readPart(messageOf(id).bytes, part), 'The message has no such part.');

  app.get('/v1/test-mailbox', { schema: listSchema, config: readConfig }, async () => viewOf(mailbox));

  app.delete(
    '/v1/test-mailbox/messages',
    { schema: clearSchema, config: changeConfig },
    async (_request, reply) => {
      mailbox.messages.clear();
      return reply.code(204).send();
    },
  );

  app.put(
    '/v1/test-mailbox/behavior',
    { schema: behaviorSchema, config: changeConfig },
    async ({ body }): Promise<TestMailboxBehavior> => {
      mailbox.behave(body);
      return mailbox.behavior();
    },
  );

  app.get(
    '/v1/test-mailbox/messages/:id',
    { schema: messageSchema, config: messageConfig },
    async ({ params }): Promise<TestMailboxMessage> => {
      const message = messageOf(params.id);
      return { ...summaryOf(message), ...(await readMessage(message.bytes)) };
    },
  );

  app.get(
    '/v1/test-mailbox/messages/:id/raw',
    { schema: rawSchema, config: messageConfig },
    async ({ params: { id } }, reply) => {
      const { bytes: message } = messageOf(id);
      return sendSource(reply, id, message);
    },
  );

  app.get(
    '/v1/test-mailbox/messages/:id/html',
    { schema: htmlSchema, config: messageConfig },
    async ({ params }, reply) => {
      const part = await partOf(params.id, 'html');
      return sendHtml(reply, part.bytes);
    },
  );

  app.get(
    '/v1/test-mailbox/messages/:id/attachments/:number',
    { schema: attachmentSchema, config: messageConfig },
    async ({ params }, reply) => {
      const part = await partOf(params.id, params.number);
      return sendPart(reply, part.filename ?? `attachment-${params.number}`, part.bytes);
    },
  );
};

const listSchema = {
  operationId: 'getTestMailbox',
  summary: 'List the messages in the test mailbox',
  description:
    'Mail arrives here while the outgoing server has the type `test-mailbox`. The newest messages are kept in memory until ' +
    'the service stops.',
  tags,
  response: { 200: TestMailboxSchema },
};

const clearSchema = {
  operationId: 'emptyTestMailbox',
  summary: 'Delete all messages in the test mailbox',
  tags,
  response: { 204: NoContent('The mailbox is empty') },
};

const behaviorSchema = {
  operationId: 'setTestMailboxBehavior',
  summary: 'Make the test mailbox misbehave',
  description:
    'Shows how a module handles each outcome of a mail: `rejected` by recipient, `deferred`, a slow server, or `unknown`. ' +
    'The change takes effect at once and lasts until the service stops.',
  tags,
  body: {
    ...TestMailboxBehaviorSchema,
    examples: [
      {
        rejectRecipients: ['nobody@example.com'],
        deferRecipients: [],
        delaySeconds: 0,
        afterMessage: 'drop',
      },
    ],
  },
  response: { 200: TestMailboxBehaviorSchema },
};

const messageSchema = {
  operationId: 'getTestMailboxMessage',
  summary: 'Get a message in the test mailbox',
  tags,
  params: messageParams,
  response: { 200: TestMailboxMessageSchema },
};

const rawSchema = {
  operationId: 'getTestMailboxSource',
  summary: 'Get a message as it was received',
  tags,
  params: messageParams,
  response: bytesAs('The message (RFC 5322), byte for byte', 'message/rfc822', bytes),
};

const htmlSchema = {
  operationId: 'getTestMailboxHtml',
  summary: 'Get the HTML text of a message',
  description:
    'Images in the message are part of the answer. A content security policy prevents scripts, forms and remote content.',
  tags,
  params: messageParams,
  response: bytesAs('The text, made safe to show by the headers of the answer', 'text/html', bytes),
};

const attachmentSchema = {
  operationId: 'getTestMailboxAttachment',
  summary: 'Get an attachment of a message in the test mailbox',
  tags,
  params: attachmentParams,
  response: bytesAs('Always as a download', 'application/octet-stream', bytes),
};
