import type { LocalizedText } from './schemas.ts';

function text(en: string, de: string): LocalizedText {
  return { en, de };
}

/**
 * What can be wrong with one value of a request. A finding carries the code, the sentence, and the JSON pointer
 * (RFC 6901) of the value. Codes are stable; `docs/errors.md` lists them and a test compares both.
 */
export const findingTexts = {
  'unknown-field': text('This field is unknown.', 'Dieses Feld ist nicht bekannt.'),
  'wrong-type': text('The value has the wrong type.', 'Der Wert hat den falschen Typ.'),
  'unknown-value': text(
    'The value is not one of the allowed values.',
    'Der Wert gehört nicht zu den erlaubten.',
  ),
  required: text('This field is required.', 'Dieses Feld ist erforderlich.'),
  'too-long': text('The value is too long.', 'Der Wert ist zu lang.'),
  'too-short': text('The value is too short.', 'Der Wert ist zu kurz.'),
  'too-many': text('There are too many entries.', 'Es sind zu viele Einträge.'),
  'too-few': text('There are too few entries.', 'Es sind zu wenige Einträge.'),
  'duplicate-entry': text('An entry occurs twice.', 'Ein Eintrag ist doppelt vorhanden.'),
  'out-of-range': text(
    'The number is outside the allowed range.',
    'Die Zahl liegt außerhalb des erlaubten Bereichs.',
  ),
  'control-character': text('Control characters are not allowed.', 'Steuerzeichen sind nicht erlaubt.'),
  'words-required': text(
    'Enter at least one letter or digit, and at least three before an asterisk.',
    'Bitte mindestens einen Buchstaben oder eine Ziffer eingeben, vor einem Sternchen mindestens drei.',
  ),
  'wrong-format': text(
    'The value does not have the documented format.',
    'Der Wert hat nicht das beschriebene Format.',
  ),
  'hostname-required': text(
    'Enter the host name of the mail server.',
    'Tragen Sie den Hostnamen des Mailservers ein.',
  ),
  'hostname-invalid': text(
    'Enter a host name or an IP address.',
    'Bitte einen Hostnamen oder eine IP-Adresse eingeben.',
  ),
  'port-out-of-range': text(
    'The port must be a number from 1 to 65535.',
    'Der Port muss eine Zahl von 1 bis 65535 sein.',
  ),
  'username-required': text('Enter a user name.', 'Bitte einen Benutzernamen eingeben.'),
  'password-required': text('Enter a password.', 'Bitte ein Passwort eingeben.'),
  'secret-required': text(
    'The destination has changed. Enter the password again: a stored password is never sent to another server.',
    'Das Ziel wurde geändert. Geben Sie das Passwort erneut ein: Ein gespeichertes Passwort wird nie an einen ' +
      'anderen Server gesendet.',
  ),
  'secret-is-a-mask': text(
    'This looks like a masked password. Omit the field to keep the stored password.',
    'Das sieht nach einem maskierten Passwort aus. Lassen Sie das Feld weg, um das gespeicherte Passwort zu behalten.',
  ),
  'grant-required': text(
    'The destination has changed. Somebody with the scope secrets:write has to choose the sign-in again: ' +
      'a certificate or the Kerberos identity of the service is never used at another server without that.',
    'Das Ziel wurde geändert. Jemand mit der Berechtigung secrets:write muss die Anmeldung erneut auswählen: ' +
      'Zertifikat und Kerberos-Identität des Dienstes werden sonst nie an einem anderen Server verwendet.',
  ),
  'scope-foreign': text(
    'The scope belongs to another service. Its origin has to be that of the endpoint, or that of the cloud for it.',
    'Der Scope gehört zu einem anderen Dienst. Sein Ursprung muss der des Endpunkts sein oder der, den die Cloud dafür hat.',
  ),
  'service-principal-invalid': text(
    'A service principal has the form service/host: SMTPSVC/mail.acme.example or smtp/… for SMTP, HTTP/… for EWS.',
    'Ein Dienstprinzipalname (SPN) hat die Form Dienst/Host: SMTPSVC/mail.acme.example oder smtp/… bei SMTP, HTTP/… bei EWS.',
  ),
  'service-principal-foreign': text(
    'The host of the service principal is not the one of the connection. The operator can allow it with KERBEROS_HOSTS.',
    'Der Host des Dienstprinzipalnamens ist nicht der der Verbindung. Der Betreiber kann ihn mit KERBEROS_HOSTS erlauben.',
  ),
  'cleartext-authentication': text(
    'Authentication would be unencrypted. Choose an encryption, or select “Allow unencrypted sign-in”.',
    'Die Anmeldung wäre unverschlüsselt. Wählen Sie eine Verschlüsselung oder erlauben Sie „Trotzdem unverschlüsselt anmelden“.',
  ),
  'external-without-encryption': text(
    'Sign-in with a client certificate needs an encrypted connection. Choose STARTTLS or TLS on connect.',
    'Die Anmeldung mit einem Clientzertifikat braucht eine verschlüsselte Verbindung. Wählen Sie STARTTLS oder ' +
      'TLS direkt beim Verbinden.',
  ),
  'timeout-out-of-range': text(
    'The timeout must be between 5 seconds and 60 minutes.',
    'Das Timeout muss zwischen 5 Sekunden und 60 Minuten liegen.',
  ),
  'limit-out-of-range': text(
    'Allowed limits are 1 to 100 connections, at least 1 mail per minute, and at least 100 recipients per day.',
    'Erlaubt sind 1 bis 100 Verbindungen, mindestens 1 E-Mail pro Minute und mindestens 100 Empfänger pro Tag.',
  ),
  'sender-address-required': text('Enter a sender address.', 'Tragen Sie eine Absenderadresse ein.'),
  'sender-key-required': text(
    'Enter the key of the employee, department, branch or purpose.',
    'Tragen Sie den Schlüssel von Mitarbeiter, Abteilung, Niederlassung oder Zweck ein.',
  ),
  'sender-not-allowed': text(
    'Mail of these credentials may not be sent from this address.',
    'Mit diesen Zugangsdaten darf von dieser Adresse nicht gesendet werden.',
  ),
  'from-policy-any': text(
    'Every application may send from every address. Choose “Entered senders, and these domains” to change that.',
    'Jede Anwendung darf von jeder Adresse senden. Wählen Sie „Eingetragene Absender und diese Domains“, um das zu ändern.',
  ),
  'sender-unknown': text(
    'This leads to no active sender, and the mail is strict about it.',
    'Das führt zu keinem aktiven Absender, und die E-Mail verlangt ihn.',
  ),
  'sender-duplicate': text(
    'Another active sender is for the same.',
    'Dafür gibt es schon einen anderen aktiven Absender.',
  ),
  'sender-refused': text(
    'The mail server refuses this sender. The check of the sender shows why.',
    'Der Mailserver lehnt diesen Absender ab. Warum, zeigt die Prüfung des Absenders.',
  ),
  'sender-address-shared': text(
    'Another active sender has the same address.',
    'Ein anderer aktiver Absender hat dieselbe Adresse.',
  ),
  'address-invalid': text('This is not a valid mail address.', 'Das ist keine gültige E-Mail-Adresse.'),
  'exchange-connection-required': text(
    'Choose an Exchange connection.',
    'Wählen Sie eine Exchange-Verbindung aus.',
  ),
  'test-mailbox-unavailable': text(
    'There is no test mailbox where mailers are processes of their own. Use a mail server for tests.',
    'Ein Testpostfach gibt es nicht, wenn die Mailer eigene Prozesse sind. Verwenden Sie einen Mailserver für Tests.',
  ),
  'exchange-connection-unknown': text(
    'There is no Exchange connection with this ID.',
    'Es gibt keine Exchange-Verbindung mit dieser Kennung.',
  ),
  'mailbox-required': text(
    'Enter the mail address of the mailbox to send through.',
    'Tragen Sie die E-Mail-Adresse des Postfachs ein, über das gesendet wird.',
  ),
  'authentication-unsupported': text(
    'This protocol supports OAuth only.',
    'Dieses Protokoll unterstützt nur OAuth.',
  ),
  'tenant-required': text('Enter the tenant ID.', 'Tragen Sie die Mandanten-ID ein.'),
  'tenant-invalid': text(
    'The tenant ID must be a GUID or a domain of the tenant. common and organizations are not supported.',
    'Die Mandanten-ID muss eine GUID oder eine Domain des Mandanten sein. common und organizations werden nicht unterstützt.',
  ),
  'client-id-required': text('Enter the client ID.', 'Tragen Sie die Client-ID ein.'),
  'client-secret-required': text(
    'Enter the client secret, or choose a client certificate.',
    'Tragen Sie den Clientschlüssel ein oder wählen Sie ein Clientzertifikat aus.',
  ),
  'certificate-not-rsa': text(
    'Authentication with a certificate requires an RSA key.',
    'Die Anmeldung mit Zertifikat braucht einen RSA-Schlüssel.',
  ),
  'url-required': text('Enter the address.', 'Tragen Sie die Adresse ein.'),
  'url-invalid': text(
    'Enter an https address without user name, query or fragment.',
    'Bitte eine https-Adresse ohne Benutzername, Abfrage und Fragment eingeben.',
  ),
  'certificate-unknown': text(
    'The certificate store has no certificate with this ID.',
    'Im Zertifikatsspeicher gibt es kein Zertifikat mit dieser Kennung.',
  ),
  'certificate-kind-wrong': text(
    'This field requires a certificate of another kind.',
    'Hier wird ein Zertifikat einer anderen Art gebraucht.',
  ),
  'certificate-pending': text(
    'The certificate has not been issued yet. Import it when the authority has sent it.',
    'Das Zertifikat ist noch nicht ausgestellt. Importieren Sie es, sobald die Zertifizierungsstelle es geschickt hat.',
  ),
  'certificate-changed': text(
    'This certificate is for another key. Import it as a new certificate.',
    'Das ist ein Zertifikat für einen anderen Schlüssel. Importieren Sie es als neues.',
  ),
  'certificate-unreadable': text(
    'The file is not PEM, DER, PKCS#7 or PKCS#12, or it is damaged or incomplete.',
    'Das ist weder PEM, DER, PKCS#7 noch PKCS#12, oder die Datei ist beschädigt oder abgeschnitten.',
  ),
  'certificate-encryption-unsupported': text(
    'The encryption of the file is not supported. Export the file again with AES-256.',
    'Die Datei ist auf eine Weise verschlüsselt, die nicht unterstützt wird. Exportieren Sie sie erneut, mit AES-256.',
  ),
  'certificate-rounds-too-many': text(
    'The file asks for more key derivation than is done here: 10 million rounds at once, 15 million for one ' +
      'file. Export it again with fewer rounds.',
    'Die Datei verlangt mehr Schlüsselableitung, als hier gemacht wird: 10 Millionen Runden auf einmal, 15 ' +
      'Millionen für eine Datei. Exportieren Sie sie mit weniger Runden neu.',
  ),
  'certificate-password-required': text(
    'The file is protected by a password. Enter it.',
    'Die Datei ist mit einem Passwort geschützt. Geben Sie es ein.',
  ),
  'certificate-password-wrong': text(
    'The password does not open the file.',
    'Das Passwort öffnet die Datei nicht.',
  ),
  'certificate-missing': text('The file contains no certificate.', 'Die Datei enthält kein Zertifikat.'),
  'certificate-ambiguous': text(
    'The file contains several certificates or keys, and it is not clear which one to use.',
    'Die Datei enthält mehrere Zertifikate oder Schlüssel, und es ist nicht klar, welches gemeint ist.',
  ),
  'certificate-expired': text('The certificate has expired.', 'Das Zertifikat ist abgelaufen.'),
  'certificate-not-yet-valid': text(
    'The certificate is not valid yet.',
    'Das Zertifikat ist noch nicht gültig.',
  ),
  'certificate-usage-wrong': text(
    'The certificate was not issued for this use.',
    'Das Zertifikat wurde nicht für diese Verwendung ausgestellt.',
  ),
  'certificate-key-weak': text(
    'The key of the certificate is too weak. RSA keys must have at least 2048 bits.',
    'Der Schlüssel des Zertifikats ist zu schwach: RSA braucht mindestens 2048 Bit.',
  ),
  'certificate-key-unsupported': text(
    'This type of key is not supported. Use RSA or one of the curves P-256, P-384 and P-521.',
    'Schlüssel dieser Art werden hier nicht unterstützt. Unterstützt werden RSA und die Kurven P-256, P-384 und P-521.',
  ),
  'certificate-address-missing': text(
    'The certificate contains no mail address.',
    'Das Zertifikat nennt keine E-Mail-Adresse.',
  ),
  'certificate-address-mismatch': text(
    'The certificate does not contain the sender address.',
    'Das Zertifikat gilt für andere E-Mail-Adressen als die Absenderadresse.',
  ),
  'certificate-chain-broken': text(
    'The certificate was not signed by the issuer in the file.',
    'Das Zertifikat wurde nicht von dem mitgelieferten Aussteller signiert.',
  ),
  'private-key-missing': text(
    'The private key of the certificate is missing. Import a file that contains it, such as PKCS#12.',
    'Der private Schlüssel des Zertifikats fehlt. Importieren Sie eine Datei, die ihn enthält, etwa PKCS#12.',
  ),
  'private-key-mismatch': text(
    'The private key does not belong to the certificate.',
    'Der private Schlüssel gehört nicht zu dem Zertifikat.',
  ),
  'certificate-required': text('Choose a certificate.', 'Wählen Sie ein Zertifikat aus.'),
  'feature-unavailable': text(
    'This version does not support this yet. It can be saved while sending is disabled.',
    'Diese Version kann das noch nicht; gespeichert werden kann es, solange der Versand deaktiviert ist.',
  ),
  'recipient-required': text(
    'A mail needs at least one recipient.',
    'Eine E-Mail braucht mindestens einen Empfänger.',
  ),
  'header-not-allowed': text(
    'This header cannot be set. X- headers and the headers listed in the documentation are allowed.',
    'Dieser Header kann nicht gesetzt werden. Erlaubt sind X-Header und die in der Dokumentation genannten.',
  ),
  'base64-invalid': text('The content is not valid base64.', 'Der Inhalt ist kein gültiges Base64.'),
  'content-type-invalid': text('This is not a media type.', 'Das ist kein Medientyp.'),
  'calendar-invalid': text(
    'This is not one calendar object (RFC 5545), from BEGIN:VCALENDAR to END:VCALENDAR.',
    'Das ist kein einzelnes Kalenderobjekt (RFC 5545) von BEGIN:VCALENDAR bis END:VCALENDAR.',
  ),
  'calendar-method-mismatch': text(
    'METHOD in the calendar must occur once and be the method of the request.',
    'METHOD muss im Kalender einmal vorkommen und der Methode der Anforderung entsprechen.',
  ),
  'html-too-complex': text(
    'The HTML is too long, or has too many tags, to make a text from it. Send a text with it.',
    'Das HTML ist zu lang oder hat zu viele Tags, um daraus Text zu erzeugen. Senden Sie einen Text mit.',
  ),
  'range-empty': text('The range has to end after it begins.', 'Der Zeitraum muss nach seinem Beginn enden.'),
  'too-many-steps': text(
    'The range has more than 2,000 steps. Choose longer steps or a shorter range.',
    'Der Zeitraum hat mehr als 2.000 Schritte. Wählen Sie längere Schritte oder einen kürzeren Zeitraum.',
  ),
  'step-not-kept': text(
    'Steps of this length are no longer kept for this time. Choose longer steps or a later beginning.',
    'Schritte dieser Länge sind für diese Zeit nicht mehr vorhanden. Wählen Sie längere Schritte oder einen späteren Beginn.',
  ),
  'date-invalid': text(
    'This is not a valid RFC 3339 date and time.',
    'Das ist kein Zeitpunkt nach RFC 3339.',
  ),
  'date-in-the-past': text('This time is in the past.', 'Dieser Zeitpunkt ist vergangen.'),
  'before-send-at': text(
    'The mail would expire before it may be sent.',
    'Die E-Mail würde ablaufen, bevor sie gesendet werden darf.',
  ),
  'date-too-far': text(
    'The log does not keep a request until this time.',
    'Das ist später, als das Protokoll eine Anforderung aufbewahrt.',
  ),
  'line-too-long': text(
    'A line has more than 998 characters (RFC 5322). Encode the part as quoted-printable or base64.',
    'Eine Zeile hat mehr als 998 Zeichen (RFC 5322). Kodieren Sie den Teil als quoted-printable oder base64.',
  ),
  'header-not-ascii': text(
    'The header field contains characters outside ASCII. Encode them (RFC 2047).',
    'Das Kopffeld enthält Zeichen außerhalb von ASCII. Kodieren Sie sie (RFC 2047).',
  ),
  'message-malformed': text(
    'The message is not a valid Internet message (RFC 5322).',
    'Die Nachricht ist keine lesbare Internetnachricht (RFC 5322).',
  ),
  'version-unknown': text('This version does not exist.', 'Diese Version gibt es nicht.'),
  'domain-invalid': text('This is not a domain name.', 'Das ist kein Domainname.'),
  'address-or-domain-invalid': text(
    'This is neither a mail address nor a domain.',
    'Das ist weder eine E-Mail-Adresse noch eine Domain.',
  ),
  'redirect-target-required': text(
    'Enter at least one address that mail is redirected to.',
    'Geben Sie mindestens eine Adresse an, an die umgeleitet wird.',
  ),
  'redirect-only-for-copy': text(
    'Only the mail of a copy is redirected by its confirmation. Confirm it as a copy, or leave out the addresses.',
    'Nur bei einer Kopie leitet die Bestätigung E-Mails um. Bestätigen Sie sie als Kopie, oder lassen Sie die Adressen weg.',
  ),
  'environment-name-required': text(
    'From now on mail would reach its recipients. Enter the name of this environment to confirm that.',
    'Ab jetzt würden E-Mails ihre Empfänger erreichen. Geben Sie zur Bestätigung den Namen dieser Umgebung ein.',
  ),
  'domain-not-allowed': text(
    'This API key may not send to this domain.',
    'Dieser API-Schlüssel darf nicht an diese Domain senden.',
  ),
  'larger-than-quota': text(
    'A quota of this API key does not allow a mail of this size.',
    'Ein Kontingent dieses API-Schlüssels lässt eine E-Mail dieser Größe nicht zu.',
  ),
  'scope-not-held': text(
    'A key can grant only scopes that its creator has.',
    'Ein Schlüssel kann nur Rechte weitergeben, die sein Ersteller hat.',
  ),
} as const satisfies Record<string, LocalizedText>;

export type FindingCode = keyof typeof findingTexts;
