import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { classOf, concernsServer } from '@postausgang/contracts';
import { gist, ownWords, pauseIn } from '../../../services/mailer/src/judgement/echo.ts';
import { judgeReply, readReply } from '../../../services/mailer/src/judgement/smtp-judge.ts';
import { type SmtpStage, smtpStages } from '../../../services/mailer/src/judgement/smtp-rule.ts';
import { smtpRules } from '../../../services/mailer/src/judgement/smtp-rules.ts';

interface Row {
  readonly provider: string;
  readonly stage: SmtpStage;
  readonly code: string;
  readonly reply: string;
}

const isStage = (text: string): text is SmtpStage => smtpStages.some((stage) => stage === text);

/** A reply ends with the line that has no hyphen behind its code (RFC 5321 §4.2.1), or with its block. */
function repliesIn(lines: readonly string[]): readonly string[] {
  const replies: string[] = [];
  let isOpen = false;
  for (const line of lines) {
    if (isOpen) replies.push(`${replies.pop()}\n${line}`);
    else replies.push(line);
    isOpen = line[3] === '-';
  }
  return replies;
}

/** Blocks: a line `provider | stage | code expected`, and the replies that mean this, as they were received. */
function rowsOf(file: string): readonly Row[] {
  const blocks = readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n\n');
  return blocks.flatMap((block) => {
    const [head = '', ...lines] = block.split('\n');
    const [provider = '', stage = '', code = ''] = head.split(' | ');
    if (!isStage(stage)) throw new Error(head);
    return repliesIn(lines).map((reply) => ({ provider, stage, code, reply }));
  });
}

const rows = [...rowsOf('replies-of-servers.txt'), ...rowsOf('replies-of-providers.txt')];

/** What the envelope of these replies was. */
const spoken = {
  addresses: ['erp@acme.example', 'kunde@example.com'],
  texts: ['vm', 'Rechnung 4711'],
};

test('replies of servers and providers mean what they mean', (t) => {
  t.ok(rows.length >= 300, `${rows.length} replies`);
  for (const { provider, stage, code, reply } of rows) {
    t.equal(judgeReply(stage, reply, { spoken }).code, code, `${provider} ${stage}: ${reply}`);
  }
  t.end();
});

test('a reply means the same from whichever line end it came, and what is none means nothing', (t) => {
  t.strictSame(readReply('250 2.1.5 Ok'), { code: 250, enhanced: '2.1.5', text: 'Ok' });
  t.strictSame(readReply('550-5.7.1 no\n550 never'), { code: 550, enhanced: '5.7.1', text: 'no\n550 never' });
  t.strictSame(readReply('354'), { code: 354, enhanced: null, text: '' });
  t.match(readReply('220 5.1.2.3 is no status'), { enhanced: null, text: '5.1.2.3 is no status' });
  for (const text of ['', 'hello', '25', '2500 x', '150 x', '650 x', '250x', ' 250 x'])
    t.equal(readReply(text), null);
  for (const stage of smtpStages) {
    t.equal(judgeReply(stage, 'what?').code, 'unexpected-reply');
    for (const code of ['4', '5'].flatMap((digit) =>
      ['00', '21', '50', '51', '54', '99'].map((more) => digit + more),
    ))
      t.ok(judgeReply(stage, code).scope, `${stage} ${code} has a rule`);
  }
  t.equal(judgeReply('rcpt', '550 sorry, no mailbox here by that name. (#5.1.1)').alike, undefined);
  t.equal(judgeReply('rcpt', '552 enough', { acceptedBefore: 5 }).code, 'too-many-recipients');
  t.end();
});

test('words make mail wait, and never refuse what the codes alone let wait', (t) => {
  const reply = (code: string, enhanced: string): string =>
    `${code} ${enhanced === 'none' ? '' : enhanced} x`;
  const codesOf = (codes: string): readonly string[] =>
    (codes === '' ? '4yz 5yz' : codes)
      .split(' ')
      .map((one) => one.replace(/^4yz$/, '450').replace(/^5yz$/, '550'));
  const enhancedOf = (enhanced: string): string =>
    (enhanced.split(' ')[0] ?? '').replace(/\*/, '9').replace(/-\d+/, '');
  for (const rule of smtpRules.filter(({ words }) => words !== null)) {
    for (const stage of rule.stages) {
      for (const code of codesOf(rule.codes)) {
        const enhanced = enhancedOf(rule.enhanced).replace('x', code.charAt(0));
        const wordless = judgeReply(stage, reply(code, enhanced));
        const isFinal = classOf(rule.code) === 'permanent';
        t.ok(
          wordless.isFinal || !isFinal,
          `${stage} ${code} ${rule.words}: ${rule.code}, not ${wordless.code}`,
        );
      }
    }
  }
  t.end();
});

test('a pause is what a server asks for, never a limit within a time, and never longer than an hour', (t) => {
  const pauses: readonly (readonly [string, number | undefined])[] = [
    ['try again in 5 minutes', 300],
    ['retry after 30 seconds', 30],
    ['sending rate exceeded, retry after: 1500 ms', 2],
    ['too much, retry in 120 seconds', 120],
    ['wait 10 minutes', 600],
    ['please try again in 60 minutes', 3600],
    ['relay quota will reset in 1.51 hours', 3600],
    ['try again in 23 hours', 3600],
    ['rate limit exceeded: at most 500 messages within 24h', undefined],
    ['try again later, at most 500 messages in 24 hours', undefined],
    ['exceeded 200 messages per 1 hour, try again later', undefined],
    ['retry limit 100 per 24h', undefined],
    ['24-hour limit', undefined],
    ['wait 0 s', undefined],
    ['try again in 25 days', undefined],
    ['retry in 99999 hours', undefined],
  ];
  for (const [words, seconds] of pauses) t.equal(pauseIn(words), seconds, words);
  const within24h = judgeReply('rcpt', '450 4.7.1 Rate limit exceeded: at most 500 messages within 24h');
  t.match(within24h, { code: 'server-throttled', pauseSeconds: undefined });
  t.end();
});

test('what a server repeats is cut out of its reply', (t) => {
  const said = { addresses: ['limit@relay.example'], texts: ['vm', 'Rate limit exceeded'] };
  const own = (text: string): string => ownWords(text, said);
  t.equal(own('<a@b.example>: User unknown'), ': user unknown');
  t.equal(own('"too many connections"@b.example is unknown'), 'is unknown');
  t.equal(own('see https://relay.example/denied?x=1 or www.relay.example'), 'see or');
  t.equal(
    own("the user's mailbox can't be found, don't retry"),
    "the user's mailbox can't be found, don't retry",
  );
  t.equal(own("no 'relay denied' here"), 'no here');
  t.equal(own('host relay-denied.example said no'), 'host said no');
  t.equal(own('LIMIT: no such user in RELAY.EXAMPLE on vm'), ': no such user in on');
  t.equal(own('subject "x" refused: rate limit exceeded'), 'subject refused:');
  t.equal(own('"Your IP was found on RBL blacklist"'), 'your ip was found on rbl blacklist');
  t.equal(
    gist('queue 4F2A refused <a@b.example> at 12:30', said),
    gist('queue 9X1 refused <c@d.example> at 13:31', said),
  );
  t.end();
});

/** Words of the table, as somebody might call a mailbox or a domain. */
const phrases = [
  'throttle-retry-23h',
  'too-many-connections',
  'too.many.concurrent.connections',
  'rate-limit-exceeded',
  'ratelimit',
  'sending-limit',
  'daily-sending-quota-exceeded',
  'submissionquota',
  'submission.quota.exceeded',
  'mail-send-limit',
  'relay-denied',
  'relaying.denied',
  'unable-to-relay',
  'rcpthosts',
  'helo-rejected',
  'ehlo.refused',
  'client-host-rejected',
  'client.host.rejected',
  'blacklist',
  'blocked-using',
  'listed-at',
  'spamhaus',
  'ptr',
  'reverse-dns',
  'no.ptr',
  'authentication-required',
  'must-authenticate',
  'not-logged-in',
  'starttls',
  'tls-required',
  'must-issue',
  'sender-address-rejected',
  'not-owned-by-user',
  'sendasdenied',
  'spf-fail',
  'dmarc',
  'user-unknown',
  'no-such-user',
  'mailbox-full',
  'quota-exceeded',
  'too-many-recipients',
  'greylist',
  'wait-10-hours',
  'retry-in-23-hours',
  'try-again-in-24h',
  'bad-outbound-sender',
  'app-password',
  'security-defaults',
  'account-locked',
  'throttling-limit',
];
const hostile = phrases.flatMap((phrase) => [
  `${phrase}@kunde.example`,
  `info@${phrase.replaceAll('.', '-')}.example`,
  `${phrase.toUpperCase()}+4711@kunde.example`,
  `"${phrase.replaceAll(/[-.]/g, ' ')}"@kunde.example`,
]);
const plain = 'kunde@example.com';

/** How servers repeat an address: at which stage, and with what. */
const echoes: readonly (readonly [SmtpStage, (address: string, local: string, domain: string) => string])[] =
  [
    ['greeting', (address) => `554 5.7.1 last mail was for <${address}>`],
    ['ehlo', (address) => `550 5.1.1 <${address}>: no`],
    ['authenticate', (address) => `535 5.7.8 failed for ${address}`],
    ['mail', (address) => `550 5.7.1 ${address}: no`],
    ['mail', (address, _local, domain) => `451 4.3.0 ${domain} is not ready, and neither is <${address}>`],
    ['rcpt', (address) => `550 5.1.1 <${address}>: Recipient address rejected: User unknown`],
    ['rcpt', (address, local) => `550 ${local}: no`],
    ['rcpt', (address, _local, domain) => `553 5.7.1 [${domain}] "${address}" no`],
    ['rcpt', (address) => `450 4.2.0 <${address}>: later`],
    ['rcpt', (address) => `550-5.7.1 no\n550 5.7.1 ${address}`],
    ['data', (address) => `554 5.7.1 <${address}>: no`],
    ['data', (address, local) => `451 ${local} later`],
    ['content', (address) => `550 5.7.1 ${address} no`],
    ['content', (address, local, domain) => `554 no: '${local}' at ${domain}`],
    ['content', (address) => `451 4.7.1 ${address.toLowerCase()} later`],
  ];

test('200 hostile addresses, repeated at seven stages, change nothing', (t) => {
  t.equal(hostile.length, 200);
  const judged = (stage: SmtpStage, address: string, echo: (typeof echoes)[number][1]): string => {
    const at = address.lastIndexOf('@');
    const raw = echo(address, address.slice(0, at), address.slice(at + 1));
    const { code, pauseSeconds } = judgeReply(stage, raw, {
      spoken: { addresses: ['erp@acme.example', address], texts: ['vm'] },
    });
    return `${code} ${pauseSeconds ?? ''}`;
  };
  let standstills = 0;
  for (const [stage, echo] of echoes) {
    const meant = judged(stage, plain, echo);
    const wrong = hostile.filter((address) => judged(stage, address, echo) !== meant);
    t.same(wrong, [], `${stage}: ${echo('…', '…', '…')} is ${meant}`);
    const isOfMail = ['mail', 'rcpt', 'data', 'content'].includes(stage);
    standstills += hostile.filter((address) => {
      const code = judged(stage, address, echo).split(' ')[0];
      return isOfMail && concernsServer(code as Parameters<typeof concernsServer>[0]);
    }).length;
  }
  t.equal(standstills, 0);
  t.end();
});
