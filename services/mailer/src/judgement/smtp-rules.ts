/**
 * What the replies of SMTP servers mean: one table, read from its top; the first row that fits decides. Codes and enhanced
 * codes stand before words wherever they say enough. A row with words is there so that mail waits which by its code alone
 * would be refused for good, or to name the right one of two refusals; `smtp-judge.ts` reads the table, and
 * `docs/failures.md` prints it.
 */
import { openingRules, sessionRules, signInRules, tlsRules } from './smtp-opening-rules.ts';
import {
  asked,
  beforeAndAfter,
  envelope,
  exchangeOnline,
  exim,
  google,
  hosters,
  message,
  onPremises,
  postfix,
  rfc3463,
  rfc4954,
  rfc5321,
  row,
  type SmtpRule,
  vague,
} from './smtp-rule.ts';
import * as say from './smtp-words.ts';

/** What codes alone say of this client, its account and its tenant. */
const clientCodeRules: readonly SmtpRule[] = [
  row(
    'Postfix',
    envelope,
    ['530', '', say.encryptionWanted],
    ['encryption-required', 'connection'],
    'RFC 3207 §4',
  ),
  row(
    'Exim, sendmail',
    envelope,
    ['4yz 5yz', '', say.certificateWanted],
    ['client-certificate-required', 'connection'],
    exim,
  ),
  row('any', envelope, ['523 538'], ['encryption-required', 'connection'], 'RFC 5248'),
  row('any', envelope, ['5yz', '5.7.10-11'], ['encryption-required', 'connection'], rfc3463),
  row('any', envelope, ['530'], ['authentication-required', 'connection'], rfc4954),
  row(
    'Microsoft 365',
    envelope,
    ['5yz', '5.7.57'],
    ['authentication-required', 'connection'],
    exchangeOnline,
  ),
  row('Microsoft 365', envelope, ['5yz', '5.7.30'], ['smtp-sign-in-disabled', 'account'], exchangeOnline),
  row('any', envelope, ['525', '5.7.13'], ['account-locked', 'account'], 'RFC 5248'),
  row('Google', beforeAndAfter, ['4yz 5yz', 'x.7.25'], ['reverse-dns-missing', 'host'], rfc3463),
  row('Google', beforeAndAfter, ['4yz 5yz', 'x.7.28'], ['client-blocklisted', 'host'], google),
  row(
    'Microsoft 365',
    beforeAndAfter,
    ['5yz', '5.7.511 5.7.513 5.7.606-649'],
    ['client-blocklisted', 'host'],
    exchangeOnline,
  ),
  row('Microsoft 365', beforeAndAfter, ['5yz', '5.7.506'], ['ehlo-refused', 'host'], exchangeOnline),
  row(
    'Microsoft 365',
    beforeAndAfter,
    ['4yz 5yz', 'x.7.508'],
    ['server-throttled', 'host'],
    exchangeOnline,
    asked,
  ),
  row(
    'Microsoft 365',
    beforeAndAfter,
    ['4yz', '4.7.500-699'],
    ['server-throttled', 'host'],
    exchangeOnline,
    asked,
  ),
  row(
    'Microsoft 365',
    beforeAndAfter,
    ['5yz', '5.7.500-503'],
    ['account-blocked', 'account'],
    exchangeOnline,
  ),
  row('Microsoft 365', beforeAndAfter, ['5yz', '5.7.700-750'], ['tenant-blocked', 'account'], exchangeOnline),
  row('Microsoft 365', envelope, ['5yz', '5.7.54 5.7.64 5.7.367'], ['relay-denied', 'host'], exchangeOnline),
  row(
    'Google, Microsoft 365',
    envelope,
    ['4yz 5yz', 'x.7.20-24 x.7.26 x.7.509 x.7.515'],
    ['sender-unauthenticated', 'account'],
    rfc3463,
  ),
  row(
    'Google, Microsoft 365',
    envelope,
    ['5yz', '5.1.90 5.4.5 5.7.232-233 5.7.236'],
    ['sending-quota-reached', 'account'],
    google,
    asked,
  ),
  row(
    'Microsoft 365',
    envelope,
    ['5yz', '5.1.8', /outbound|access denied|spam/],
    ['account-blocked', 'account'],
    exchangeOnline,
  ),
  row('any', envelope, ['5yz', '5.3.4 5.2.3'], ['message-too-large', 'message'], rfc3463),
];

/** What a recipient is said to be, by codes that cannot mean anything else. */
const recipientCodeRules: readonly SmtpRule[] = [
  row(
    'any',
    ['rcpt'],
    ['451 452 552', '4.5.3 5.5.3'],
    ['too-many-recipients', 'connection'],
    'RFC 5321 §4.5.3.1.10',
  ),
  row(
    'any',
    ['rcpt'],
    ['451 452 552', '', /too many recipients(?! from)/],
    ['too-many-recipients', 'connection'],
    'RFC 5321 §4.5.3.1.10',
  ),
  row('any', ['rcpt'], ['552', 'none'], ['too-many-recipients', 'connection'], 'RFC 5321 §4.5.3.1.10', {
    afterAccepted: true,
  }),
  row('any', ['rcpt'], ['4yz', '4.1.0-6 4.1.10 4.2.*'], ['recipient-deferred', 'recipient'], rfc3463),
  row(
    'any',
    ['rcpt'],
    ['4yz', '', /gr[ea]y-?\s?list|postgrey/],
    ['recipient-deferred', 'recipient'],
    'RFC 6647',
  ),
  row('Postfix', ['rcpt'], ['5yz', '5.1.0', say.senderRefused], ['sender-refused', 'sender'], postfix, vague),
  row('any', ['rcpt'], ['5yz', '5.2.2'], ['mailbox-full', 'recipient'], rfc3463),
  row(
    'Microsoft 365',
    ['rcpt', 'content'],
    ['5yz', '5.2.121-122'],
    ['recipient-deferred', 'recipient'],
    exchangeOnline,
  ),
  row('any', ['rcpt'], ['5yz', '5.1.0-6 5.1.10 5.2.*'], ['recipient-refused', 'recipient'], rfc3463),
  row(
    'Microsoft 365',
    ['rcpt', 'content'],
    ['5yz', '5.7.12 5.7.120-138 5.7.520'],
    ['recipient-refused', 'recipient'],
    exchangeOnline,
  ),
];

const refusing = '4yz 500 501 502 503 504 550 551 553 554 555 571';

/** A sender that the account may not use, said in the words of relaying. */
const foreignSender = row(
  'Zoho',
  envelope,
  ['5yz', '', /relaying disallowed as|sender is not allowed to relay/],
  ['sender-refused', 'sender'],
  hosters,
  vague,
);

/** What words say of this client, its account and its rate, whatever the first digit. All of it waits. */
const clientWordRules: readonly SmtpRule[] = (
  [
    ['any', beforeAndAfter, say.tooManyConnections, ['too-many-connections', 'connection'], exim, asked],
    [
      'Google, IONOS, cPanel, Plesk',
      beforeAndAfter,
      say.quotaUsedUp,
      ['sending-quota-reached', 'account'],
      hosters,
      asked,
    ],
    ['Exim, Postfix', beforeAndAfter, say.tooFast, ['server-throttled', 'account'], exim, asked],
    ['Postfix, GMX', beforeAndAfter, say.noReverseName, ['reverse-dns-missing', 'host'], postfix, {}],
    ['Postfix, Exim', beforeAndAfter, say.badHello, ['ehlo-refused', 'host'], postfix, {}],
    ['Microsoft 365', envelope, say.accountBlocked, ['account-blocked', 'account'], exchangeOnline, {}],
    [
      'Postfix, Exim, Yahoo, T-Online',
      beforeAndAfter,
      say.onBlocklist,
      ['client-blocklisted', 'host'],
      'RFC 5782',
      {},
    ],
    ['Postfix, Exchange', envelope, say.relayDenied, ['relay-denied', 'host'], onPremises, {}],
    ['cPanel, Exchange', envelope, say.signInWanted, ['authentication-required', 'connection'], rfc4954, {}],
    ['any', envelope, say.encryptionWanted, ['encryption-required', 'connection'], 'RFC 3207 §4', {}],
    ['Google, Yahoo', envelope, say.senderUnproven, ['sender-unauthenticated', 'account'], 'RFC 7489', {}],
    ['Postfix', beforeAndAfter, say.clientRefused, ['server-refuses-service', 'host'], postfix, {}],
  ] as const
).map(([provider, stages, words, verdict, source, more]) =>
  row(provider, stages, [refusing, '', words], verdict, source, more),
);

/** Exchange Online refuses the whole message, after its content, by 5yz of any kind. */
const submissionQuota = row(
  'Microsoft 365',
  envelope,
  ['4yz 5yz', '', /submission ?quota/],
  ['sending-quota-reached', 'account'],
  exchangeOnline,
  asked,
);

/** What is left is about this sender, recipient or message; or the server has lost its way. */
const mailRules: readonly SmtpRule[] = [
  row(
    'Postfix',
    ['mail', 'rcpt'],
    ['5yz', '', say.senderRefused],
    ['sender-refused', 'sender'],
    postfix,
    vague,
  ),
  row('any', envelope, ['500 502 503 504'], ['unexpected-reply', 'server'], 'RFC 5321 §4.2.4'),
  row('any', ['mail'], ['4yz'], ['server-busy', 'server'], rfc5321),
  row('any', ['mail'], ['552'], ['message-too-large', 'message'], 'RFC 1870'),
  row('any', ['mail'], ['555'], ['message-refused', 'message'], 'RFC 5321 §4.1.1.11'),
  row('any', ['mail'], ['5yz'], ['sender-refused', 'sender'], rfc5321, vague),
  row('any', ['rcpt'], ['4yz'], ['recipient-deferred', 'recipient'], rfc5321),
  row(
    'Yahoo',
    ['rcpt'],
    ['552', '', /not found|no such|unknown/],
    ['recipient-refused', 'recipient'],
    hosters,
  ),
  row('any', ['rcpt'], ['552'], ['mailbox-full', 'recipient'], 'RFC 5321 §4.2.3'),
  row('any', ['rcpt'], ['5yz', '5.1.7-8'], ['sender-refused', 'sender'], rfc3463, vague),
  row('any', ['rcpt'], ['5yz', '', say.mailboxFull], ['mailbox-full', 'recipient'], hosters),
  row('any', ['rcpt'], ['5yz', '5.1.* 5.4.*'], ['recipient-refused', 'recipient'], rfc3463),
  row('any', ['rcpt'], ['5yz', '', say.speaksOfRecipient], ['recipient-refused', 'recipient'], hosters),
  row('any', ['rcpt'], ['5yz'], ['recipient-refused', 'recipient'], rfc5321, vague),
  row('any', message, ['4yz'], ['message-deferred', 'message'], rfc5321),
  row('Exchange', message, ['5yz', '5.7.60 5.2.252'], ['sender-refused', 'sender'], onPremises, vague),
  row('Exchange', message, ['5yz', '', say.senderRefused], ['sender-refused', 'sender'], onPremises, vague),
  row('any', message, ['5yz', '5.2.2'], ['mailbox-full', 'recipient'], rfc3463),
  row('docomo', message, ['552', 'none', say.mailboxFull], ['mailbox-full', 'recipient'], hosters),
  row('any', message, ['552', 'none'], ['message-too-large', 'message'], 'RFC 1870'),
  row('any', message, ['5yz', '5.1.* 5.2.1'], ['recipient-refused', 'recipient'], rfc3463),
  row('any', message, ['5yz', '5.6.*'], ['message-refused', 'message'], rfc3463),
  row('any', message, ['5yz'], ['message-refused', 'message'], rfc5321, vague),
];

export const smtpRules: readonly SmtpRule[] = [
  ...sessionRules,
  ...signInRules,
  ...tlsRules,
  submissionQuota,
  ...clientCodeRules,
  ...recipientCodeRules,
  foreignSender,
  ...clientWordRules,
  ...openingRules,
  ...mailRules,
];
