import type { FailureCode } from './failures.ts';
import type { LocalizedText } from './schemas.ts';

/**
 * What a failure means for the mail, whatever its code: the retry policy follows the class alone. `docs/errors.md` lists
 * both, and a test compares them.
 *
 * - `authentication`, `tls` and `configuration` concern the server: all its mail waits, and no attempt of a mail is counted.
 * - `throttled` does too, until the time the server or the limit names.
 * - `transient` is tried again on the schedule, `permanent` never, `unknown` as the mail's `onUnknown` says.
 */
export const failureClassTexts = {
  transient: {
    en: 'The failure is temporary. The mail is retried on schedule.',
    de: 'Der Fehler ist vorübergehend. Die E-Mail wird nach Zeitplan erneut versucht.',
  },
  permanent: {
    en: 'A retry would change nothing. The recipient does not get the mail.',
    de: 'Ein neuer Versuch würde nichts ändern. Der Empfänger bekommt die E-Mail nicht.',
  },
  throttled: {
    en: 'A limit on the amount of mail is reached. All mail waits until the stated time.',
    de: 'Ein Sendelimit ist erreicht. Alle E-Mails warten bis zur genannten Zeit.',
  },
  authentication: {
    en: 'Authentication at the mail server fails. All mail waits until it succeeds.',
    de: 'Die Anmeldung am Mailserver schlägt fehl. Alle E-Mails warten, bis sie gelingt.',
  },
  tls: {
    en: 'The encrypted connection cannot be trusted or established. All mail waits until it can.',
    de: 'Der verschlüsselten Verbindung ist nicht zu trauen, oder sie kommt nicht zustande. Alle E-Mails warten so lange.',
  },
  configuration: {
    en: 'The settings do not fit the server. All mail waits until the settings or the server are changed.',
    de: 'Die Einstellungen passen nicht zum Server. Alle E-Mails warten, bis jemand sie oder den Server ändert.',
  },
  unknown: {
    en:
      'It is not known whether the server has the mail. The setting “When it is unclear whether a mail arrived” ' +
      'decides what happens next.',
    de:
      'Es ist unklar, ob der Server die E-Mail hat. Wie weiter verfahren wird, legt „Wenn unklar ist, ob eine ' +
      'E-Mail ankam“ fest.',
  },
} as const satisfies Record<string, LocalizedText>;

export type FailureClass = keyof typeof failureClassTexts;

const classes: Readonly<Record<FailureCode, FailureClass>> = {
  'host-not-found': 'configuration',
  'dns-unavailable': 'transient',
  'environment-held': 'configuration',
  'destination-not-allowed': 'configuration',
  'port-not-allowed': 'configuration',
  'connection-refused': 'transient',
  'connection-timeout': 'transient',
  'network-unreachable': 'transient',
  'connection-lost': 'transient',
  'greeting-timeout': 'transient',
  'not-an-smtp-server': 'configuration',
  'server-busy': 'transient',
  'server-throttled': 'throttled',
  'too-many-connections': 'throttled',
  'sending-quota-reached': 'throttled',
  'rate-limited': 'throttled',
  'key-quota-reached': 'throttled',
  'too-many-recipients': 'throttled',
  'server-refuses-service': 'configuration',
  'client-blocklisted': 'configuration',
  'reverse-dns-missing': 'configuration',
  'account-blocked': 'configuration',
  'tenant-blocked': 'configuration',
  'sender-unauthenticated': 'configuration',
  'refused-alike': 'configuration',
  'sender-mailbox-full': 'configuration',
  'proxy-answered': 'configuration',
  'starttls-not-offered': 'tls',
  'tls-not-spoken': 'tls',
  'tls-version-unsupported': 'tls',
  'tls-failed': 'tls',
  'encryption-required': 'tls',
  'certificate-expired': 'tls',
  'certificate-not-yet-valid': 'tls',
  'certificate-name-mismatch': 'tls',
  'certificate-name-missing': 'tls',
  'certificate-untrusted': 'tls',
  'certificate-chain-incomplete': 'tls',
  'certificate-key-weak': 'tls',
  'tls-client-certificate-refused': 'tls',
  'ehlo-refused': 'configuration',
  'sign-in-paused': 'configuration',
  'ehlo-name-unqualified': 'configuration',
  'authentication-not-offered': 'authentication',
  'authentication-mechanism-unsupported': 'authentication',
  'credentials-rejected': 'authentication',
  'app-password-required': 'authentication',
  'smtp-sign-in-disabled': 'authentication',
  'sign-in-blocked': 'authentication',
  'web-sign-in-required': 'authentication',
  'account-locked': 'authentication',
  'password-expired': 'authentication',
  'clock-wrong': 'authentication',
  'subscription-missing': 'authentication',
  'audience-wrong': 'authentication',
  'external-not-offered': 'authentication',
  'external-rejected': 'authentication',
  'client-certificate-required': 'authentication',
  'windows-sign-in-not-offered': 'authentication',
  'kerberos-unavailable': 'authentication',
  'kerberos-no-ticket': 'authentication',
  'kerberos-keytab-unusable': 'authentication',
  'kerberos-identity-rejected': 'authentication',
  'kerberos-kdc-unreachable': 'transient',
  'kerberos-service-unknown': 'authentication',
  'kerberos-clock-skew': 'authentication',
  'kerberos-ticket-rejected': 'authentication',
  'kerberos-failed': 'authentication',
  'sign-in-unproven': 'authentication',
  'ntlm-challenge-unsafe': 'authentication',
  'channel-binding-rejected': 'authentication',
  'authentication-unavailable': 'transient',
  'authentication-required': 'authentication',
  'token-refused': 'authentication',
  'client-secret-wrong': 'authentication',
  'client-secret-expired': 'authentication',
  'client-certificate-rejected': 'authentication',
  'client-unknown': 'authentication',
  'tenant-unknown': 'authentication',
  'consent-missing': 'authentication',
  'authority-unavailable': 'transient',
  'token-rejected': 'authentication',
  'mailbox-unknown': 'configuration',
  'permission-missing': 'configuration',
  'exchange-protocol-blocked': 'configuration',
  'not-an-exchange-server': 'configuration',
  'proxy-sign-in-refused': 'configuration',
  'proxy-failed': 'transient',
  'secret-required': 'authentication',
  'grant-required': 'authentication',
  'service-principal-foreign': 'authentication',
  'secret-unreadable': 'authentication',
  'settings-pending': 'transient',
  'settings-invalid': 'configuration',
  'sender-refused': 'permanent',
  'sender-replaced': 'permanent',
  'probe-needed': 'permanent',
  'recipient-refused': 'permanent',
  'mailbox-full': 'permanent',
  'relay-denied': 'configuration',
  'outside-recipient-refused': 'configuration',
  'relay-unproven': 'permanent',
  'recipient-deferred': 'transient',
  'message-too-large': 'permanent',
  'message-refused': 'permanent',
  'message-deferred': 'transient',
  'smtputf8-unsupported': 'permanent',
  '8bitmime-unsupported': 'permanent',
  'smime-recipient-certificate-missing': 'permanent',
  'sender-not-allowed': 'permanent',
  'sender-unknown': 'permanent',
  'smime-sender-mismatch': 'permanent',
  'smime-certificate-unusable': 'transient',
  'smime-too-large': 'permanent',
  'message-uncomposable': 'permanent',
  'content-unavailable': 'transient',
  'disk-full': 'transient',
  timeout: 'transient',
  'unexpected-reply': 'transient',
  'outcome-unknown': 'unknown',
  'resolved-not-sent': 'permanent',
  expired: 'permanent',
  'no-recipient-left': 'permanent',
};

/** The class of a failure code. */
export function classOf(code: FailureCode): FailureClass {
  return classes[code];
}

const ofTheServer: ReadonlySet<FailureClass> = new Set([
  'authentication',
  'tls',
  'configuration',
  'throttled',
]);

/**
 * Whether a failure concerns the server as a whole, so that all mail waits and none is to blame. Too many recipients in
 * one transaction are throttled too, but only until the next transaction.
 */
export function concernsServer(code: FailureCode): boolean {
  return code !== 'too-many-recipients' && ofTheServer.has(classOf(code));
}
