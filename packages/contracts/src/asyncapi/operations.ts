import { type TopicName, topics } from '../topics.ts';
import { messageNamesOf, structuredRequest } from './messages.ts';

/** What Postausgang does with a topic; `messages` where it is not all of them. */
interface Operation {
  readonly action: 'send' | 'receive';
  readonly topic: TopicName;
  readonly summary: string;
  readonly messages?: readonly string[];
}

const table: Readonly<Record<string, Operation>> = {
  receiveMailRequests: {
    action: 'receive',
    topic: 'mailRequests',
    summary: 'ERP modules send mail requests, in binary or structured mode; mailers receive them.',
  },
  sendMailRequests: {
    action: 'send',
    topic: 'mailRequests',
    summary: 'A mailer sends on what it has accepted over HTTP; the answer 202 waits for it.',
    messages: messageNamesOf('mailRequests').filter((name) => name !== structuredRequest),
  },
  sendMailEvents: {
    action: 'send',
    topic: 'mailEvents',
    summary: 'Mailers send what became of each mail; ERP modules receive it.',
  },
  receiveMailEvents: {
    action: 'receive',
    topic: 'mailEvents',
    summary: 'Every mailer receives all of them, so any of them knows the state of any mail.',
  },
  sendSettings: {
    action: 'send',
    topic: 'settings',
    summary: 'config-api sends each change that was made over the REST API.',
  },
  receiveSettings: {
    action: 'receive',
    topic: 'settings',
    summary: 'Every config-api and every mailer receives all changes, from the first one on.',
  },
  sendConnectionTestRequests: {
    action: 'send',
    topic: 'connectionTests',
    summary: 'config-api sends the request for a test.',
    messages: ['connectionTestRequested'],
  },
  sendConnectionTestResults: {
    action: 'send',
    topic: 'connectionTests',
    summary: 'The mailer that made the test sends its result.',
    messages: ['connectionTestProgressed', 'connectionTestResult'],
  },
  receiveConnectionTests: {
    action: 'receive',
    topic: 'connectionTests',
    summary: 'Mailers receive the requests, config-api receives both.',
  },
  sendMailerStatus: {
    action: 'send',
    topic: 'mailerStatus',
    summary: 'Each mailer sends that it runs and which version of the settings it uses.',
  },
  receiveMailerStatus: {
    action: 'receive',
    topic: 'mailerStatus',
    summary: 'config-api receives it and answers how far a change has come.',
  },
};

/** What Postausgang sends and receives. Others send what it receives and receive what it sends. */
export function operations(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { action, topic, summary, messages }]) => {
      const channel = `#/channels/${topics[topic].name}`;
      const references = (messages ?? messageNamesOf(topic)).map((message) => ({
        $ref: `${channel}/messages/${message}`,
      }));
      return [name, { action, summary, channel: { $ref: channel }, messages: references }];
    }),
  );
}
