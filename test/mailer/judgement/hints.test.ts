import { test } from 'tap';
import { failureOf, judgeReply } from '../../../services/mailer/src/judgement/smtp-judge.ts';
import type { SmtpStage } from '../../../services/mailer/src/judgement/smtp-rule.ts';
import { ewsFailure } from '../../../services/mailer/src/transports/exchange/ews/requests.ts';
import { smtpError, tlsFailure } from '@postausgang/net';

/** The commonest refusals, and what somebody has to be told in both languages. */
const hints: readonly (readonly [string, SmtpStage, string, RegExp, RegExp])[] = [
  [
    'Google',
    'authenticate',
    '534-5.7.9 Application-specific password required.\n534 5.7.9 see the help',
    /app password/,
    /App-Passwort/,
  ],
  [
    'Google',
    'authenticate',
    '535-5.7.8 Username and Password not accepted.\n535 5.7.8 gsmtp',
    /user name and password/,
    /Benutzername und Passwort/,
  ],
  [
    'Google',
    'authenticate',
    '534-5.7.14 Please log in via\n534 5.7.14 your web browser and then try again.',
    /sign-in page in a browser/,
    /im Browser/,
  ],
  ['Google', 'mail', '530 5.7.0 Must issue a STARTTLS command first', /STARTTLS/, /STARTTLS/],
  ['Google', 'mail', '530-5.7.0 Authentication Required.', /authentication/i, /Authentifikation|Anmeldung/],
  [
    'Google',
    'content',
    '550-5.4.5 Daily user sending limit exceeded.\n550 5.4.5 gsmtp',
    /quota/,
    /Versandkontingent/,
  ],
  [
    'Google',
    'content',
    '550-5.7.25 The IP address sending this message does not have a PTR record setup',
    /PTR/,
    /PTR/,
  ],
  ['Google', 'content', '550-5.7.26 This mail is unauthenticated', /SPF, DKIM/, /SPF, DKIM/],
  [
    'Google',
    'mail',
    '550-5.7.1 Invalid credentials for relay [192.0.2.7]. Mail relay denied',
    /relay/,
    /fremde Domains/,
  ],
  [
    'Google',
    'rcpt',
    '552-5.2.2 The recipient is over quota',
    /mailbox of the recipient is full/,
    /Postfach des Empfängers/,
  ],
  [
    'Microsoft 365',
    'authenticate',
    '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.',
    /switched off.*OAuth/,
    /deaktiviert.*OAuth/,
  ],
  [
    'Microsoft 365',
    'authenticate',
    '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.',
    /OAuth/,
    /OAuth/,
  ],
  [
    'Microsoft 365',
    'authenticate',
    "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy.",
    /security defaults/,
    /Sicherheitsstandards/,
  ],
  [
    'Microsoft 365',
    'authenticate',
    '535 5.7.3 Authentication unsuccessful',
    /user name and password/,
    /Benutzername und Passwort/,
  ],
  [
    'Microsoft 365',
    'mail',
    '530 5.7.57 Client not authenticated to send mail',
    /authentication/i,
    /Anmeldung|Authentifikation/,
  ],
  [
    'Microsoft 365',
    'content',
    '550 5.1.8 Access denied, bad outbound sender',
    /Restricted entities/,
    /Eingeschränkte Entitäten/,
  ],
  [
    'Microsoft 365',
    'content',
    '550 5.7.708 Access denied, traffic not accepted from this IP',
    /tenant/,
    /Mandanten/,
  ],
  [
    'Microsoft 365',
    'content',
    '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException',
    /quota/,
    /Versandkontingent/,
  ],
  [
    'Microsoft 365',
    'content',
    '554 5.2.252 SendAsDenied; not allowed to send as',
    /send from this address/,
    /Absenderadresse/,
  ],
  ['Microsoft 365', 'rcpt', '550 5.7.64 TenantAttribution; Relay Access Denied', /relay/, /fremde Domains/],
  [
    'Microsoft 365',
    'rcpt',
    '550 5.7.606 Access denied, banned sending IP [192.0.2.7]',
    /blocklist/,
    /Sperrliste/,
  ],
  [
    'IONOS',
    'rcpt',
    '450-Requested mail action not taken: mailbox unavailable\n450 Mail send limit exceeded.',
    /quota/,
    /Versandkontingent/,
  ],
  [
    'IONOS',
    'content',
    '554-Transaction failed\n554 Unauthorized sender address.',
    /send from this address/,
    /Absenderadresse/,
  ],
  [
    'IONOS',
    'authenticate',
    '535 Authentication credentials invalid',
    /whole mail address/,
    /ganze E-Mail-Adresse/,
  ],
  [
    'Strato',
    'mail',
    '550 5.7.1 Sender address is not allowed for this account',
    /send from this address/,
    /Absenderadresse/,
  ],
  [
    'Strato',
    'rcpt',
    '550 5.7.1 Sending limit exceeded, please try again in 60 minutes',
    /quota/,
    /Versandkontingent/,
  ],
  [
    'T-Online',
    'greeting',
    '554 IP=192.0.2.7 - A problem occurred. (Ask your postmaster for help)',
    /address of the mailer/,
    /Adresse des Mailers/,
  ],
  [
    'T-Online',
    'authenticate',
    '535 5.7.8 Authentication credentials invalid.',
    /password of its own for mail programs/,
    /eigenes Passwort für E-Mail-Programme/,
  ],
  [
    'GMX',
    'greeting',
    '554-gmx.net Nemesis ESMTP Service not available\n554-No SMTP service\n554 Bad DNS PTR resource record.',
    /PTR/,
    /PTR/,
  ],
  [
    'GMX',
    'greeting',
    '554-gmx.net Nemesis ESMTP Service not available\n554 IP address is black listed.',
    /blocklist/,
    /Sperrliste/,
  ],
  [
    'WEB.DE',
    'authenticate',
    '535 Authentication credentials invalid',
    /SMTP to be enabled/,
    /SMTP im Postfach zuerst eingeschaltet/,
  ],
  [
    'Postfix',
    'rcpt',
    '554 5.7.1 <vm[192.0.2.7]>: Client host rejected: Access denied',
    /address of the mailer/,
    /Adresse des Mailers/,
  ],
  [
    'Postfix',
    'rcpt',
    '504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname',
    /EHLO_NAME/,
    /EHLO_NAME/,
  ],
  ['Postfix', 'rcpt', '554 5.7.1 <kunde@example.com>: Relay access denied', /relay/, /fremde Domains/],
  [
    'Postfix',
    'rcpt',
    '553 5.7.1 <erp@acme.example>: Sender address rejected: not owned by user erp',
    /send from this address/,
    /Absenderadresse/,
  ],
  [
    'Postfix',
    'greeting',
    '421 4.7.0 mail Error: too many connections from 192.0.2.7',
    /fewer connections/,
    /weniger gleichzeitige Verbindungen/,
  ],
  [
    'Postfix',
    'authenticate',
    '538 5.7.11 Encryption required for requested authentication mechanism',
    /encrypted connection/,
    /verschlüsselte Verbindung/,
  ],
  [
    'Exim',
    'greeting',
    '421 Too many concurrent SMTP connections; please try again later.',
    /fewer connections/,
    /weniger gleichzeitige Verbindungen/,
  ],
  ['Exim', 'rcpt', '450 Sender rate overlimit - 120.3 / 1h', /limits that fit/, /passende Sendelimits/i],
  [
    'cPanel',
    'rcpt',
    '550 Domain acme.example has exceeded the max emails per hour (200/200 (100%)) allowed.  Message discarded.',
    /quota/,
    /Versandkontingent/,
  ],
  [
    'Plesk',
    'content',
    '550 5.7.0 The limit on the number of allowed outgoing messages was exceeded. Try again later.',
    /quota/,
    /Versandkontingent/,
  ],
  [
    'Exchange',
    'rcpt',
    '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain',
    /relay/,
    /fremde Domains/,
  ],
  [
    'Exchange',
    'content',
    '550 5.7.60 SMTP; Client does not have permissions to send as this sender',
    /send from this address/,
    /Absenderadresse/,
  ],
  [
    'Exchange',
    'authenticate',
    '504 5.7.4 Unrecognized authentication type',
    /authentication/i,
    /Anmeldeverfahren/,
  ],
];

test('the commonest refusals have hints that say what to do, in both languages', (t) => {
  t.ok(hints.length >= 40, `${hints.length} hints`);
  for (const [provider, stage, reply, en, de] of hints) {
    const told = failureOf(judgeReply(stage, reply), reply);
    t.match(told.en, en, `${provider}: ${reply}`);
    t.match(told.de, de, `${provider}: ${reply}`);
  }
  t.end();
});

test('certificates and keys that are at fault are told apart', (t) => {
  const code = (openssl: string): string => tlsFailure(smtpError('', openssl)).code;
  t.equal(code('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'certificate-untrusted');
  t.equal(code('CHAIN_INCOMPLETE'), 'certificate-chain-incomplete');
  t.equal(code('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'certificate-untrusted');
  t.equal(code('SELF_SIGNED_CERT_IN_CHAIN'), 'certificate-untrusted');
  t.equal(code('ERR_SSL_EE_KEY_TOO_SMALL'), 'certificate-key-weak');
  t.equal(code('CA_MD_TOO_WEAK'), 'certificate-key-weak');
  t.equal(code('ERR_SSL_DH_KEY_TOO_SMALL'), 'certificate-key-weak');
  t.equal(code('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'tls-client-certificate-refused');
  t.equal(code('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'tls-client-certificate-refused');
  t.end();
});

test('an answer of Exchange has its hint in both languages', (t) => {
  const answer = {
    kind: 'answer',
    status: 456,
    headers: {},
    body: Buffer.from(''),
    socket: null,
    tls: null,
    sent: true,
  } as const;
  const told = ewsFailure(answer, 'credentials-rejected', 0);
  t.match(told, { en: /sign-in page/, de: /Anmeldeseite/ });
  t.end();
});
