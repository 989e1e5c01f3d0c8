import { type Static, Type } from '@sinclair/typebox';
import { classOf, type FailureClass, failureClassTexts } from './failure-classes.ts';
import { exchangeFailureTexts, mailFailureTexts } from './failure-texts.ts';
import { hint, Instant, type LocalizedText, NamedObject, StringEnum } from './schemas.ts';

/**
 * What can go wrong with a mail server, and what to do about it. The same codes stand in connection tests, apply
 * receipts and the attempts of a mail. Codes are stable; `docs/errors.md` lists them and a test compares both.
 */
export const failureTexts = {
  'host-not-found': hint(
    'The host name does not exist. Check its spelling.',
    'Der Hostname existiert nicht. Prüfen Sie die Schreibweise.',
  ),
  'dns-unavailable': hint(
    'The name server did not answer. Check the DNS of the machine the mailer runs on.',
    'Der Nameserver hat nicht geantwortet. Prüfen Sie das DNS der Maschine, auf der der Mailer läuft.',
  ),
  'destination-not-allowed': hint(
    'The operator of this service does not allow connections to this address.',
    'Der Betreiber dieses Dienstes erlaubt keine Verbindungen zu dieser Adresse.',
  ),
  'port-not-allowed': hint(
    'The operator of this service does not allow this port. Usual are 25, 465 and 587.',
    'Der Betreiber dieses Dienstes erlaubt diesen Port nicht. Üblich sind 25, 465 und 587.',
  ),
  'connection-refused': hint(
    'The server refused the connection. Check the port and whether the mail server runs.',
    'Der Server hat die Verbindung abgelehnt. Prüfen Sie den Port und ob der Mailserver läuft.',
  ),
  'connection-timeout': hint(
    'The server did not answer in time. A firewall may be in between.',
    'Der Server hat nicht rechtzeitig geantwortet. Möglicherweise ist eine Firewall dazwischen.',
  ),
  'network-unreachable': hint(
    'There is no route to the server. Check the network of the mailer.',
    'Es gibt keinen Weg zum Server. Prüfen Sie das Netz des Mailers.',
  ),
  'connection-lost': hint(
    'The server closed the connection in the middle of the conversation.',
    'Der Server hat die Verbindung mitten im Gespräch geschlossen.',
  ),
  'greeting-timeout': hint(
    'The server accepted the connection but did not greet. With implicit TLS on the other side, choose it here too.',
    'Der Server hat die Verbindung angenommen, aber nicht gegrüßt. Erwartet er implizites TLS, wählen Sie es auch hier.',
  ),
  'not-an-smtp-server': hint(
    'What answers there does not speak SMTP. Check host and port.',
    'Was dort antwortet, spricht kein SMTP. Prüfen Sie Host und Port.',
  ),
  'server-busy': hint(
    'The server is busy or refuses service for now. Try again later.',
    'Der Server ist überlastet oder lehnt vorübergehend ab. Versuchen Sie es später erneut.',
  ),
  'server-throttled': hint(
    'The server limits how much may be sent. Mail goes on by itself; set limits that fit the server to avoid this.',
    'Der Server begrenzt, wie viel gesendet werden darf. Es geht von selbst weiter; passende Limits vermeiden das.',
  ),
  'rate-limited': hint(
    'The limit in the settings is reached. Mail goes on by itself at the time that is named.',
    'Das Limit in den Einstellungen ist erreicht. Es geht zur genannten Zeit von selbst weiter.',
  ),
  'too-many-recipients': hint(
    'The server takes no more recipients in one transaction. The others follow in the next one.',
    'Der Server nimmt nicht mehr Empfänger auf einmal an. Die übrigen folgen mit der nächsten Übertragung.',
  ),
  'server-refuses-service': hint(
    'The server refuses to serve this client at all. Ask its administrator to allow the address of the mailer.',
    'Der Server bedient diesen Client grundsätzlich nicht. Bitten Sie seinen Administrator, die Adresse des Mailers zuzulassen.',
  ),
  'starttls-not-offered': hint(
    'The server does not offer STARTTLS on this port. Try port 587, or implicit TLS on 465.',
    'Der Server bietet auf diesem Port kein STARTTLS an. Versuchen Sie Port 587 oder implizites TLS auf 465.',
  ),
  'tls-not-spoken': hint(
    'The server does not speak TLS on this port. Choose STARTTLS, or port 465.',
    'Der Server spricht auf diesem Port kein TLS. Wählen Sie STARTTLS oder Port 465.',
  ),
  'tls-version-unsupported': hint(
    'The server offers only TLS versions that are no longer safe. It has to offer TLS 1.2 or newer.',
    'Der Server bietet nur unsichere TLS-Versionen an. Er muss TLS 1.2 oder neuer anbieten.',
  ),
  'tls-failed': hint(
    'The encrypted connection could not be set up.',
    'Die verschlüsselte Verbindung kam nicht zustande.',
  ),
  'certificate-expired': hint(
    "The server's certificate has expired. Its administrator has to renew it.",
    'Das Zertifikat des Servers ist abgelaufen. Sein Administrator muss es erneuern.',
  ),
  'certificate-not-yet-valid': hint(
    "The server's certificate is not valid yet. Check the clocks of both machines.",
    'Das Zertifikat des Servers ist noch nicht gültig. Prüfen Sie die Uhren beider Maschinen.',
  ),
  'certificate-name-mismatch': hint(
    "The server's certificate is for another name. Enter the name that stands in it.",
    'Das Zertifikat des Servers gilt für einen anderen Namen. Tragen Sie den Namen ein, der darin steht.',
  ),
  'certificate-untrusted': hint(
    "The server's certificate was not issued by a known authority. Import the authority, or this certificate itself, as a trusted certificate and choose it.",
    'Das Zertifikat des Servers stammt von keiner bekannten Stelle. Importieren Sie die Stelle oder dieses Zertifikat selbst als vertrautes Zertifikat und wählen Sie es aus.',
  ),
  'tls-client-certificate-refused': hint(
    'The server wants a client certificate, or does not accept ours. Choose one that it knows.',
    'Der Server verlangt ein Clientzertifikat oder akzeptiert unseres nicht. Wählen Sie eines, das er kennt.',
  ),
  'ehlo-refused': hint(
    'The server refused our greeting (EHLO).',
    'Der Server hat unsere Begrüßung (EHLO) abgelehnt.',
  ),
  'authentication-not-offered': hint(
    'The server does not offer authentication here. Choose an encryption, another port, or authentication none.',
    'Der Server bietet hier keine Anmeldung an. Wählen Sie eine Verschlüsselung, einen anderen Port oder Authentifikation Keine.',
  ),
  'authentication-mechanism-unsupported': hint(
    'The server offers none of the ways to sign in that this service knows.',
    'Der Server bietet keines der Anmeldeverfahren an, die dieser Dienst kennt.',
  ),
  'credentials-rejected': hint(
    'The server does not accept user name and password.',
    'Der Server akzeptiert Benutzername und Passwort nicht.',
  ),
  'windows-sign-in-not-offered': hint(
    'The server does not offer the Windows sign-in that is set (GSSAPI, GSS-SPNEGO or NTLM). Choose another one, or authentication by password.',
    'Der Server bietet die eingestellte Windows-Anmeldung nicht an (GSSAPI, GSS-SPNEGO oder NTLM). Wählen Sie eine andere oder die Authentifikation Passwort.',
  ),
  'kerberos-unavailable': hint(
    'Kerberos is not installed where the mailer runs. Its operator has to install libgssapi-krb5-2 and build the module: npm run build:kerberos.',
    'Kerberos ist auf der Maschine des Mailers nicht installiert. Der Betreiber muss libgssapi-krb5-2 installieren und das Modul bauen: npm run build:kerberos.',
  ),
  'kerberos-no-ticket': hint(
    'The mailer has no Kerberos ticket and no keytab to get one with, or its ticket has expired. Its operator has to set KRB5_CLIENT_KTNAME.',
    'Der Mailer hat kein Kerberos-Ticket und keine Keytab, um eines zu holen, oder sein Ticket ist abgelaufen. Der Betreiber muss KRB5_CLIENT_KTNAME setzen.',
  ),
  'kerberos-keytab-unusable': hint(
    'The keytab of the mailer cannot be read or holds no key for its account. Check the path, the owner and what klist -k shows.',
    'Die Keytab des Mailers lässt sich nicht lesen oder enthält keinen Schlüssel für sein Konto. Prüfen Sie Pfad, Eigentümer und die Ausgabe von klist -k.',
  ),
  'kerberos-identity-rejected': hint(
    'The domain does not accept the account of the mailer: it does not exist, is locked, or its password was changed after the keytab was made.',
    'Die Domäne akzeptiert das Konto des Mailers nicht: Es existiert nicht, ist gesperrt, oder sein Passwort wurde nach dem Erstellen der Keytab geändert.',
  ),
  'kerberos-kdc-unreachable': hint(
    'No domain controller (KDC) of the realm answers. Check krb5.conf, DNS and port 88.',
    'Kein Domänencontroller (KDC) des Realms antwortet. Prüfen Sie krb5.conf, DNS und Port 88.',
  ),
  'kerberos-service-unknown': hint(
    'The domain does not know the service principal (SPN) of the mail server. Enter the right one, or have it registered with setspn.',
    'Die Domäne kennt den Dienstprinzipalnamen (SPN) des Mailservers nicht. Tragen Sie den richtigen ein oder lassen Sie ihn mit setspn registrieren.',
  ),
  'kerberos-clock-skew': hint(
    'The clocks of the mailer and the domain differ by more than five minutes. Have both set by the same time server.',
    'Die Uhren von Mailer und Domäne weichen um mehr als fünf Minuten voneinander ab. Lassen Sie beide vom selben Zeitserver stellen.',
  ),
  'kerberos-ticket-rejected': hint(
    'The server does not accept the Kerberos ticket: its SPN belongs to another account, its own key is out of date, its clock is wrong, or the account may not send.',
    'Der Server akzeptiert das Kerberos-Ticket nicht: Sein SPN gehört zu einem anderen Konto, sein eigener Schlüssel ist veraltet, seine Uhr geht falsch, oder das Konto darf nicht senden.',
  ),
  'kerberos-failed': hint(
    'Kerberos failed. The detail says how; check krb5.conf where the mailer runs.',
    'Kerberos ist gescheitert. Das Detail sagt, woran; prüfen Sie krb5.conf auf der Maschine des Mailers.',
  ),
  'sign-in-unproven': hint(
    'The server says that the sign-in succeeded without having proven its own identity. It may not be the server it claims to be.',
    'Der Server meldet eine erfolgreiche Anmeldung, ohne seine eigene Identität bewiesen zu haben. Möglicherweise ist er nicht der, für den er sich ausgibt.',
  ),
  'ntlm-challenge-unsafe': hint(
    'The server asks for an NTLM sign-in without the protections of NTLMv2. Somebody may have changed it on its way; use TLS, or update the server.',
    'Der Server verlangt eine NTLM-Anmeldung ohne die Schutzmaßnahmen von NTLMv2. Möglicherweise wurde sie unterwegs verändert; verwenden Sie TLS oder aktualisieren Sie den Server.',
  ),
  'channel-binding-rejected': hint(
    'The server says that the sign-in does not belong to this TLS connection. A proxy in between may end TLS; connect to the server itself.',
    'Der Server meldet, dass die Anmeldung nicht zu dieser TLS-Verbindung gehört. Möglicherweise beendet ein Proxy dazwischen TLS; verbinden Sie sich direkt mit dem Server.',
  ),
  'authentication-unavailable': hint(
    'The server cannot check the sign-in at the moment.',
    'Der Server kann die Anmeldung gerade nicht prüfen.',
  ),
  'authentication-required': hint(
    'The server wants a sign-in before it takes mail. Choose authentication by password.',
    'Der Server verlangt eine Anmeldung, bevor er E-Mails annimmt. Wählen Sie Authentifikation Passwort.',
  ),
  ...exchangeFailureTexts,
  'secret-required': hint(
    'The stored password belongs to another destination. Enter it again.',
    'Das gespeicherte Passwort gehört zu einem anderen Ziel. Geben Sie es erneut ein.',
  ),
  'secret-unreadable': hint(
    'The stored password cannot be opened with the keys of this mailer. Enter it again.',
    'Das gespeicherte Passwort lässt sich mit den Schlüsseln dieses Mailers nicht öffnen. Geben Sie es erneut ein.',
  ),
  'settings-pending': hint(
    'The settings are being put into service.',
    'Die Einstellungen werden gerade in Betrieb genommen.',
  ),
  'settings-invalid': hint(
    'The settings are not complete. The findings say what is missing.',
    'Die Einstellungen sind nicht vollständig. Die Hinweise sagen, was fehlt.',
  ),
  ...mailFailureTexts,
} as const satisfies Record<string, LocalizedText>;

export type FailureCode = keyof typeof failureTexts;

/**
 * Why something with a mail server did not work: a stable code, what to do in two languages, and what the server
 * said (untrusted text, shortened, without control characters).
 */
export const FailureSchema = NamedObject('Failure', {
  code: StringEnum(Object.keys(failureTexts) as FailureCode[]),
  class: Type.Optional(
    StringEnum(Object.keys(failureClassTexts) as FailureClass[], {
      description: 'What it means for the mail; follows from the code, and older events lack it',
    }),
  ),
  en: Type.String(),
  de: Type.String(),
  detail: Type.Optional(Type.String({ description: 'Technical detail, never a secret' })),
  retryAfterSeconds: Type.Optional(
    Type.Integer({ minimum: 0, description: 'The pause the server has asked for' }),
  ),
  retryAt: Type.Optional(
    Instant({ description: 'When what waits for this is tried again, where that is known' }),
  ),
});
export type Failure = Static<typeof FailureSchema>;

/** The failure of a code, with its class and its sentences. */
export function failure(code: FailureCode, detail?: string): Failure {
  return {
    code,
    class: classOf(code),
    ...failureTexts[code],
    ...(detail === undefined ? {} : { detail }),
  };
}

/** A failure with its class, also where it comes from an event that was written without. */
export function withClass<F extends Failure | null | undefined>(of: F): F {
  return of === null || of === undefined || of.class !== undefined ? of : { ...of, class: classOf(of.code) };
}
