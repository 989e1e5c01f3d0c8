import { type Static, Type } from '@sinclair/typebox';
import { classOf, type FailureClass, failureClassTexts } from './failure-classes.ts';
import { exchangeFailureTexts, mailFailureTexts } from './failure-texts.ts';
import { refusalFailureTexts } from './refusal-texts.ts';
import { hint, Instant, type LocalizedText, NamedObject, StringEnum } from './schemas.ts';

/**
 * What can go wrong with a mail server, and what to do about it. The same codes stand in connection tests, apply
 * receipts and the attempts of a mail. Codes are stable; `docs/errors.md` lists them and a test compares both.
 */
export const failureTexts = {
  'environment-held': hint(
    'Nothing is sent until somebody says what this log is: moved, restored, or a copy. An administrator ' +
      'confirms it on the page or with POST /v1/environment/confirm.',
    'Es wird nichts gesendet, bis feststeht, was dieses Protokoll ist: umgezogen, wiederhergestellt oder eine ' +
      'Kopie. Eine Administratorin bestätigt das auf der Seite oder mit POST /v1/environment/confirm.',
  ),
  'host-not-found': hint(
    'The host name does not exist. Check its spelling.',
    'Der Hostname existiert nicht. Prüfen Sie die Schreibweise.',
  ),
  'dns-unavailable': hint(
    'The name server did not answer. Check the DNS of the machine that runs the mailer.',
    'Der Nameserver hat nicht geantwortet. Prüfen Sie das DNS der Maschine, auf der der Mailer läuft.',
  ),
  'destination-not-allowed': hint(
    'The operator of this service does not allow connections to this address. A server on the same machine ' +
      'needs ALLOW_LOOPBACK_MAIL_SERVERS; DENIED_MAIL_NETWORKS and ALLOWED_MAIL_NETWORKS restrict the others.',
    'Der Betreiber dieses Dienstes erlaubt keine Verbindungen zu dieser Adresse. Ein Server auf derselben ' +
      'Maschine braucht ALLOW_LOOPBACK_MAIL_SERVERS; für andere gelten DENIED_MAIL_NETWORKS und ' +
      'ALLOWED_MAIL_NETWORKS.',
  ),
  'port-not-allowed': hint(
    'The operator of this service does not allow this port. The usual ports are 25, 465 and 587. ' +
      'ALLOWED_MAIL_PORTS allows others (with Exchange, ALLOWED_EXCHANGE_PORTS).',
    'Der Betreiber dieses Dienstes erlaubt diesen Port nicht. Üblich sind 25, 465 und 587. ALLOWED_MAIL_PORTS ' +
      'erlaubt weitere (bei Exchange ALLOWED_EXCHANGE_PORTS).',
  ),
  'connection-refused': hint(
    'The server refused the connection. Check the port, and whether the mail server is running.',
    'Der Server hat die Verbindung abgelehnt. Prüfen Sie den Port und ob der Mailserver läuft.',
  ),
  'connection-timeout': hint(
    'The server did not answer in time. A firewall may be blocking the connection.',
    'Der Server hat nicht rechtzeitig geantwortet. Möglicherweise ist eine Firewall dazwischen.',
  ),
  'network-unreachable': hint(
    'There is no route to the server. Check the network of the mailer.',
    'Es gibt keinen Weg zum Server. Prüfen Sie das Netz des Mailers.',
  ),
  'connection-lost': hint(
    'The server closed the connection unexpectedly.',
    'Der Server hat die Verbindung unerwartet geschlossen.',
  ),
  'greeting-timeout': hint(
    'The server accepted the connection but sent no greeting. If it expects implicit TLS, choose implicit TLS here too.',
    'Der Server hat die Verbindung angenommen, aber keine Begrüßung gesendet. Erwartet er implizites TLS, ' +
      'wählen Sie es auch hier.',
  ),
  'not-an-smtp-server': hint(
    'No SMTP server answers at this address. Check the host name and the port.',
    'Unter dieser Adresse antwortet kein SMTP-Server. Prüfen Sie Host und Port.',
  ),
  'server-busy': hint(
    'The server is busy or temporarily refuses service. Try again later.',
    'Der Server ist überlastet oder lehnt vorübergehend ab. Versuchen Sie es später erneut.',
  ),
  'server-throttled': hint(
    'The server limits how much may be sent. Sending resumes automatically. To avoid this, set limits that fit the server.',
    'Der Server begrenzt, wie viel gesendet werden darf. Der Versand wird automatisch fortgesetzt. Passende ' +
      'Sendelimits vermeiden das.',
  ),
  'rate-limited': hint(
    'A limit in the settings is reached. Sending resumes automatically at the stated time.',
    'Ein Sendelimit der Einstellungen ist erreicht. Der Versand wird zur genannten Zeit automatisch fortgesetzt.',
  ),
  'key-quota-reached': hint(
    'A quota of the API key is used up, so the test sends no mail. Try again later, or use another key.',
    'Ein Kontingent des API-Schlüssels ist aufgebraucht, daher sendet der Test keine E-Mail. Versuchen Sie es später ' +
      'erneut, oder verwenden Sie einen anderen Schlüssel.',
  ),
  'too-many-recipients': hint(
    'The server accepts no more recipients in one transaction. The others follow in the next one.',
    'Der Server nimmt nicht mehr Empfänger auf einmal an. Die übrigen folgen mit der nächsten Übertragung.',
  ),
  'server-refuses-service': hint(
    'The server refuses to serve this client. Ask its administrator to allow the address of the mailer.',
    'Der Server bedient diesen Client grundsätzlich nicht. Bitten Sie seinen Administrator, die Adresse des Mailers zuzulassen.',
  ),
  'starttls-not-offered': hint(
    'The server does not offer STARTTLS on this port. Try port 587, or implicit TLS on 465.',
    'Der Server bietet auf diesem Port kein STARTTLS an. Versuchen Sie Port 587 oder implizites TLS auf 465.',
  ),
  'tls-not-spoken': hint(
    'The server does not offer TLS on this port. Choose STARTTLS, or port 465.',
    'Auf diesem Port wird kein TLS angeboten. Wählen Sie STARTTLS oder Port 465.',
  ),
  'tls-version-unsupported': hint(
    'The server offers only insecure TLS versions. It must offer TLS 1.2 or newer.',
    'Der Server bietet nur unsichere TLS-Versionen an. Er muss TLS 1.2 oder neuer anbieten.',
  ),
  'tls-failed': hint(
    'The encrypted connection could not be established.',
    'Die verschlüsselte Verbindung kam nicht zustande.',
  ),
  'certificate-expired': hint(
    "The server's certificate has expired. Its administrator must renew it.",
    'Das Zertifikat des Servers ist abgelaufen. Sein Administrator muss es erneuern.',
  ),
  'certificate-not-yet-valid': hint(
    "The server's certificate is not valid yet. Check the clocks of both machines.",
    'Das Zertifikat des Servers ist noch nicht gültig. Prüfen Sie die Uhren beider Maschinen.',
  ),
  'certificate-name-mismatch': hint(
    "The server's certificate is for another name. Enter the name that the certificate contains.",
    'Das Zertifikat des Servers gilt für einen anderen Namen. Tragen Sie den Namen ein, der darin steht.',
  ),
  'certificate-name-missing': hint(
    "The server's certificate contains no host name as a subject alternative name. A common name alone no " +
      'longer counts. Ask for a certificate with this name, or import this one as a trusted certificate and ' +
      'select it.',
    'Das Zertifikat des Servers enthält keinen Hostnamen als alternativen Namen (Subject Alternative Name). ' +
      'Der Common Name allein gilt nicht mehr. Lassen Sie ein Zertifikat mit diesem Namen ausstellen, oder ' +
      'importieren Sie dieses als vertrauenswürdiges Zertifikat und wählen Sie es aus.',
  ),
  'certificate-untrusted': hint(
    "The server's certificate was not issued by a known authority. Import the authority, or this certificate " +
      'itself, as a trusted certificate and select it. If the authority is a public one, the server does not ' +
      'send the intermediate certificate.',
    'Die Zertifizierungsstelle des Servers ist unbekannt. Importieren Sie sie oder dieses Zertifikat selbst ' +
      'als vertrauenswürdiges Zertifikat und wählen Sie es aus. Bei einer öffentlichen Stelle sendet der Server ' +
      'das Zwischenzertifikat nicht mit.',
  ),
  'tls-client-certificate-refused': hint(
    'The server requires a client certificate, or does not accept the selected one. Select one that it knows.',
    'Der Server verlangt ein Clientzertifikat oder akzeptiert das ausgewählte nicht. Wählen Sie eines, das er kennt.',
  ),
  'ehlo-refused': hint(
    'The server refused the name that the mailer greets with (EHLO). The operator has to set EHLO_NAME to a ' +
      'fully-qualified name that exists in DNS.',
    'Der Server hat den Namen abgelehnt, mit dem der Mailer grüßt (EHLO). Der Betreiber muss EHLO_NAME auf ' +
      'einen vollständigen Namen setzen, den es im DNS gibt.',
  ),
  'sign-in-paused': hint(
    'The server has refused this user name and password, or this client secret, three times. To keep the ' +
      'account from being locked, the mailer signs in again only after a change of the settings, with a ' +
      'connection test, or after an hour.',
    'Der Server hat Benutzername und Passwort oder den Clientschlüssel dreimal abgelehnt. Damit das Konto ' +
      'nicht gesperrt wird, meldet sich der Mailer erst nach einer Änderung der Einstellungen, mit einem ' +
      'Verbindungstest oder nach einer Stunde wieder an.',
  ),
  'ehlo-name-unqualified': hint(
    'The mailer greets the server without a fully qualified host name. Some servers refuse or distrust its ' +
      'mail. Set EHLO_NAME to the public name of the machine.',
    'Der Mailer begrüßt den Server ohne vollständigen Rechnernamen. Manche Server lehnen seine E-Mails deshalb ' +
      'ab oder misstrauen ihnen. Setzen Sie EHLO_NAME auf den öffentlichen Namen der Maschine.',
  ),
  'authentication-not-offered': hint(
    'The server does not offer authentication here. Choose an encryption, another port, or no authentication.',
    'Der Server bietet hier keine Anmeldung an. Wählen Sie eine Verschlüsselung, einen anderen Port oder Authentifikation Keine.',
  ),
  'authentication-mechanism-unsupported': hint(
    'The server offers no authentication mechanism that this service supports.',
    'Der Server bietet keines der Anmeldeverfahren an, die dieser Dienst kennt.',
  ),
  'credentials-rejected': hint(
    'The server does not accept the user name and password. Check both. Some providers want the whole mail ' +
      'address as user name, a password of its own for mail programs, or SMTP to be enabled in the mailbox ' +
      'first.',
    'Der Server akzeptiert Benutzername und Passwort nicht. Prüfen Sie beide. Manche Anbieter verlangen die ' +
      'ganze E-Mail-Adresse als Benutzernamen, ein eigenes Passwort für E-Mail-Programme oder dass SMTP im ' +
      'Postfach zuerst eingeschaltet wird.',
  ),
  'external-not-offered': hint(
    'The server does not offer to sign in with the client certificate (EXTERNAL). Most servers offer it only ' +
      'to certificates that they accept. Have the authority of the certificate accepted at the server, or choose ' +
      'another authentication.',
    'Der Server bietet die Anmeldung mit dem Clientzertifikat nicht an (EXTERNAL). Die meisten Server bieten ' +
      'sie nur bei Zertifikaten an, die sie akzeptieren. Lassen Sie die Zertifizierungsstelle am Server zulassen ' +
      'oder wählen Sie eine andere Authentifikation.',
  ),
  'external-rejected': hint(
    'The server does not accept the client certificate as a sign-in, or does not let it act as the entered ' +
      'identity. Have the certificate assigned to the account at the server.',
    'Der Server akzeptiert das Clientzertifikat nicht als Anmeldung oder lässt es nicht als die eingetragene ' +
      'Identität handeln. Lassen Sie das Zertifikat am Server dem Konto zuordnen.',
  ),
  'client-certificate-required': hint(
    'The server lets only clients with a certificate send. Select a client certificate, and authentication ' +
      '“Client certificate” if the server offers EXTERNAL.',
    'Der Server lässt nur Clients mit Zertifikat senden. Wählen Sie ein Clientzertifikat aus und, falls der ' +
      'Server EXTERNAL anbietet, die Authentifikation „Clientzertifikat“.',
  ),
  'windows-sign-in-not-offered': hint(
    'The server does not offer the selected Windows authentication (GSSAPI, GSS-SPNEGO or NTLM). Choose ' +
      'another one, or password authentication.',
    'Der Server bietet die eingestellte Windows-Anmeldung nicht an (GSSAPI, GSS-SPNEGO oder NTLM). Wählen Sie ' +
      'eine andere oder die Authentifikation Passwort.',
  ),
  'kerberos-unavailable': hint(
    'Kerberos is not installed on the machine that runs the mailer. Its operator must install libgssapi-krb5-2 ' +
      'and build the module: npm run build:kerberos.',
    'Kerberos ist auf der Maschine des Mailers nicht installiert. Der Betreiber muss libgssapi-krb5-2 ' +
      'installieren und das Modul bauen: npm run build:kerberos.',
  ),
  'kerberos-no-ticket': hint(
    'The mailer has no valid Kerberos ticket and no keytab to get one. Its operator must set KRB5_CLIENT_KTNAME.',
    'Der Mailer hat kein Kerberos-Ticket und keine Keytab, um eines zu holen, oder sein Ticket ist abgelaufen. ' +
      'Der Betreiber muss KRB5_CLIENT_KTNAME setzen.',
  ),
  'kerberos-keytab-unusable': hint(
    'The keytab of the mailer cannot be read, or it contains no key for its account. Check the path, the ' +
      'owner, and the output of klist -k.',
    'Die Keytab des Mailers lässt sich nicht lesen oder enthält keinen Schlüssel für sein Konto. Prüfen Sie ' +
      'Pfad, Eigentümer und die Ausgabe von klist -k.',
  ),
  'kerberos-identity-rejected': hint(
    'The domain does not accept the account of the mailer: it does not exist, it is locked, or its password ' +
      'was changed after the keytab was created.',
    'Die Domäne akzeptiert das Konto des Mailers nicht: Es existiert nicht, ist gesperrt, oder sein Passwort ' +
      'wurde nach dem Erstellen der Keytab geändert.',
  ),
  'kerberos-kdc-unreachable': hint(
    'No domain controller (KDC) of the realm answers. Check krb5.conf, DNS and port 88.',
    'Kein Domänencontroller (KDC) des Realms antwortet. Prüfen Sie krb5.conf, DNS und Port 88.',
  ),
  'kerberos-service-unknown': hint(
    'The domain does not know the service principal (SPN) of the mail server. Enter the correct one, or have ' +
      'it registered with setspn.',
    'Die Domäne kennt den Dienstprinzipalnamen (SPN) des Mailservers nicht. Tragen Sie den richtigen ein oder ' +
      'lassen Sie ihn mit setspn registrieren.',
  ),
  'kerberos-clock-skew': hint(
    'The clocks of the mailer and the domain differ by more than five minutes. Synchronize both with the same time server.',
    'Die Uhren von Mailer und Domäne weichen um mehr als fünf Minuten voneinander ab. Lassen Sie beide vom ' +
      'selben Zeitserver stellen.',
  ),
  'kerberos-ticket-rejected': hint(
    'The server does not accept the Kerberos ticket: its SPN belongs to another account, its own key is ' +
      'outdated, its clock is wrong, or the account is not allowed to send.',
    'Der Server akzeptiert das Kerberos-Ticket nicht: Sein SPN gehört zu einem anderen Konto, sein eigener ' +
      'Schlüssel ist veraltet, seine Uhr geht falsch, oder das Konto darf nicht senden.',
  ),
  'kerberos-failed': hint(
    'Kerberos failed. The detail gives the reason. Check krb5.conf on the machine that runs the mailer.',
    'Kerberos ist gescheitert. Das Detail sagt, woran; prüfen Sie krb5.conf auf der Maschine des Mailers.',
  ),
  'sign-in-unproven': hint(
    'The server reported success without proving its own identity. It may not be the server it claims to be.',
    'Der Server meldet eine erfolgreiche Anmeldung, ohne seine eigene Identität bewiesen zu haben. ' +
      'Möglicherweise ist er nicht der, für den er sich ausgibt.',
  ),
  'ntlm-challenge-unsafe': hint(
    'The server requests NTLM authentication without the protections of NTLMv2. The request may have been ' +
      'modified in transit. Use TLS, or update the server.',
    'Der Server verlangt eine NTLM-Anmeldung ohne die Schutzmaßnahmen von NTLMv2. Möglicherweise wurde sie ' +
      'unterwegs verändert; verwenden Sie TLS oder aktualisieren Sie den Server.',
  ),
  'channel-binding-rejected': hint(
    'The server reports that the authentication does not belong to this TLS connection. A proxy may terminate ' +
      'TLS. Connect to the server directly.',
    'Der Server meldet, dass die Anmeldung nicht zu dieser TLS-Verbindung gehört. Möglicherweise beendet ein ' +
      'Proxy dazwischen TLS; verbinden Sie sich direkt mit dem Server.',
  ),
  'authentication-unavailable': hint(
    'The server cannot check the credentials at the moment.',
    'Der Server kann die Anmeldung gerade nicht prüfen.',
  ),
  'authentication-required': hint(
    'The server requires authentication before it accepts mail. Choose password authentication.',
    'Der Server verlangt eine Anmeldung, bevor er E-Mails annimmt. Wählen Sie Authentifikation Passwort.',
  ),
  ...exchangeFailureTexts,
  'secret-required': hint(
    'The stored password is for another destination. Enter it again.',
    'Das gespeicherte Passwort gehört zu einem anderen Ziel. Geben Sie es erneut ein.',
  ),
  'grant-required': hint(
    'Nobody with the scope secrets:write has allowed the certificate or the Kerberos identity of the service ' +
      'for this destination. Choose the sign-in again.',
    'Niemand mit der Berechtigung secrets:write hat das Zertifikat oder die Kerberos-Identität des Dienstes ' +
      'für dieses Ziel erlaubt. Wählen Sie die Anmeldung erneut aus.',
  ),
  'service-principal-foreign': hint(
    'The host of the service principal is not the one of the connection. The operator can allow it with KERBEROS_HOSTS.',
    'Der Host des Dienstprinzipalnamens ist nicht der der Verbindung. Der Betreiber kann ihn mit KERBEROS_HOSTS erlauben.',
  ),
  'secret-unreadable': hint(
    'The stored password cannot be opened with the keys of this mailer. Enter it again.',
    'Das gespeicherte Passwort lässt sich mit den Schlüsseln dieses Mailers nicht öffnen. Geben Sie es erneut ein.',
  ),
  'settings-pending': hint(
    'The settings are being applied.',
    'Die Einstellungen werden gerade in Betrieb genommen.',
  ),
  'settings-invalid': hint(
    'The settings are incomplete. The findings list what is missing.',
    'Die Einstellungen sind nicht vollständig. Die Hinweise sagen, was fehlt.',
  ),
  ...refusalFailureTexts,
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
      description:
        'What the failure means for the mail. It follows from the code; older events do not contain it',
    }),
  ),
  en: Type.String(),
  de: Type.String(),
  detail: Type.Optional(Type.String({ description: 'Technical detail, never a secret' })),
  retryAfterSeconds: Type.Optional(
    Type.Integer({ minimum: 0, description: 'The pause that the server requested' }),
  ),
  retryAt: Type.Optional(Instant({ description: 'The time of the next attempt, if it is known' })),
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
