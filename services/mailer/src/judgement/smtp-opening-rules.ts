/** The rows of the table about opening a session: 421 at any time, greeting, EHLO, STARTTLS and the sign-in. */
import {
  asked,
  envelope,
  everywhere,
  exchangeOnline,
  google,
  hosters,
  onPremises,
  opening,
  postfix,
  rfc3463,
  rfc4954,
  rfc5321,
  row,
  type SmtpRule,
} from './smtp-rule.ts';
import * as say from './smtp-words.ts';

/** The session as a whole, whatever was asked. */
export const sessionRules: readonly SmtpRule[] = [
  row('Google', everywhere, ['421', '4.7.20-24 4.7.26'], ['sender-unauthenticated', 'account'], google),
  row('Google', everywhere, ['421', '4.7.25'], ['reverse-dns-missing', 'host'], rfc3463),
  row(
    'any',
    everywhere,
    ['421', '', say.tooManyConnections],
    ['too-many-connections', 'connection'],
    rfc5321,
    asked,
  ),
  row('any', everywhere, ['421', '', say.quotaUsedUp], ['sending-quota-reached', 'account'], hosters, asked),
  row('any', everywhere, ['421', '', say.tooFast], ['server-throttled', 'account'], hosters, asked),
  row(
    'Google, Microsoft 365',
    everywhere,
    ['421', '4.7.*'],
    ['server-throttled', 'host'],
    exchangeOnline,
    asked,
  ),
  row('any', everywhere, ['421'], ['server-busy', 'connection'], 'RFC 5321 §3.8'),
  row('Microsoft 365', envelope, ['432'], ['server-throttled', 'account'], exchangeOnline, asked),
  row(
    'any',
    ['greeting', 'tls', 'authenticate'],
    ['4yz 5yz', '', say.tooManyConnections],
    ['too-many-connections', 'connection'],
    rfc5321,
    asked,
  ),
];

export const signInRules: readonly SmtpRule[] = (
  [
    ['Postfix', ['5yz', '', say.encryptionWanted], ['encryption-required', 'connection'], postfix],
    ['any', ['523 538'], ['encryption-required', 'connection'], rfc4954],
    [
      'Google, Yahoo, iCloud',
      ['5yz', '', /app(?:lication)?[- ](?:specific )?password/],
      ['app-password-required', 'account'],
      google,
    ],
    ['Google', ['5yz', '5.7.14'], ['web-sign-in-required', 'account'], google],
    ['Google', ['5yz', '', /(?:web browser|browser|web login)/], ['web-sign-in-required', 'account'], google],
    ['Microsoft 365', ['5yz', '5.7.30'], ['smtp-sign-in-disabled', 'account'], exchangeOnline],
    [
      'Microsoft 365',
      [
        '5yz',
        '',
        /(?:smtpclientauthentication|basic authentication|smtp auth(?:entication)?) is (?:disabled|not supported|switched off)/,
      ],
      ['smtp-sign-in-disabled', 'account'],
      exchangeOnline,
    ],
    [
      'Microsoft 365',
      [
        '5yz',
        '',
        /security defaults|did not meet the criteria|conditional access|multi-?factor|\bmfa\b|access polic|blocked by (?:an |your )?(?:admin|org|tenant|policy)/,
      ],
      ['sign-in-blocked', 'account'],
      exchangeOnline,
    ],
    ['any', ['525', '5.7.13'], ['account-locked', 'account'], 'RFC 5248'],
    [
      'any',
      ['5yz', '', /password (?:has |is )?(?:been )?expired|expired password|must (?:change|be changed)/],
      ['password-expired', 'account'],
      onPremises,
    ],
    [
      'any',
      [
        '5yz',
        '',
        /account (?:is |has been |was )?(?:temporarily )?(?:locked|disabled|suspended|blocked|inactive)|locked out|user (?:is )?(?:locked|disabled|suspended)|too many (?:\w+ )?(?:bad|failed|invalid|unsuccessful|login|auth)/,
      ],
      ['account-locked', 'account'],
      hosters,
    ],
    ['any', ['500 502 503 530'], ['authentication-not-offered', 'server'], rfc4954],
    ['any', ['501 504 534'], ['authentication-mechanism-unsupported', 'server'], rfc4954],
    ['any', ['4yz'], ['authentication-unavailable', 'server'], rfc4954],
    ['any', ['5yz'], ['credentials-rejected', 'account'], rfc4954],
  ] as const
).map(([provider, says, verdict, source]) => row(provider, ['authenticate'], says, verdict, source));

export const tlsRules: readonly SmtpRule[] = [
  row('any', ['tls'], ['5yz'], ['starttls-not-offered', 'server'], 'RFC 3207 §4'),
  row('any', ['tls'], ['4yz'], ['tls-failed', 'server'], 'RFC 3207 §4'),
];

export const openingRules: readonly SmtpRule[] = [
  row('any', ['greeting'], ['5yz'], ['server-refuses-service', 'host'], 'RFC 5321 §3.1'),
  row('any', ['ehlo'], ['5yz'], ['ehlo-refused', 'host'], 'RFC 5321 §4.1.1.1'),
  row('any', opening, ['4yz'], ['server-busy', 'server'], rfc5321),
];
