import {
  type Action,
  drop,
  garbage,
  halfReply,
  readSlowly,
  reply,
  reset,
  stall,
  trickle,
} from '../../../../peers/smtp-script.ts';

/**
 * The points of a conversation at which a server fails, from the first to the last. `content`: in the middle of it;
 * `before the dot`: all of it is there, and the client writes its intent. Connecting is not among them, for who does not
 * answer there cannot say anything wrong; it has tests of its own.
 */
export const stages = [
  'greeting',
  'EHLO',
  'STARTTLS',
  'handshake',
  'EHLO after TLS',
  'AUTH',
  'MAIL',
  'first RCPT',
  'later RCPT',
  'DATA',
  'content',
  'before the dot',
  'final dot',
  'QUIT',
] as const;
export type FaultStage = (typeof stages)[number];

/** What a server does instead of what is expected of it. */
export const faults = [
  'drop',
  'RST',
  'half reply',
  '4yz',
  '421',
  '5yz',
  'stall',
  'trickle',
  'garbage',
] as const;
export type Fault = (typeof faults)[number];

/** A good reply of each stage, long enough for a half and for a trickle. */
const goodReplies: Readonly<Record<FaultStage, string>> = {
  greeting: '220 scripted.test ESMTP ready',
  EHLO: '250-scripted.test at your service\n250 STARTTLS',
  STARTTLS: '220 2.0.0 Ready to start TLS',
  // The head of a TLS record of 8 KiB, and then some of it.
  handshake: `\u0016\u0003\u0003 \u0000${'x'.repeat(40)}`,
  'EHLO after TLS': '250-scripted.test at your service\n250 AUTH PLAIN',
  AUTH: '235 2.7.0 Authentication successful',
  MAIL: '250 2.1.0 Sender is fine',
  'first RCPT': '250 2.1.5 Recipient is fine',
  'later RCPT': '250 2.1.5 Recipient is fine',
  DATA: '354 End data with <CR><LF>.<CR><LF>',
  content: '250 2.0.0 Ok: queued already',
  'before the dot': '250 2.0.0 Ok: queued already',
  'final dot': '250 2.0.0 Ok: queued as 4711',
  QUIT: '221 2.0.0 Good bye and thanks',
};

/** A trickle takes longer than any time limit of the tests, although the server is never silent for long. */
const trickleEveryMs = 250;

export function actionOf(stage: FaultStage, fault: Fault): Action {
  const good = goodReplies[stage];
  switch (fault) {
    case 'drop':
      return drop();
    case 'RST':
      return reset();
    case 'half reply':
      return halfReply(good.slice(0, 9));
    case '4yz':
      return reply('451 4.3.0 Not now');
    case '421':
      return drop('421 4.3.0 Service not available');
    case '5yz':
      return reply('554 5.3.0 Not here');
    case 'stall':
      return stall();
    case 'trickle':
      return stage === 'content' ? readSlowly(20) : trickle(good, trickleEveryMs);
    case 'garbage':
      return garbage();
    default:
      return fault satisfies never;
  }
}

/** Faults that only time ends. */
export const isSlow = (fault: Fault): boolean => fault === 'stall' || fault === 'trickle';
