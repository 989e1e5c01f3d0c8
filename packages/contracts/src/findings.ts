import type { LocalizedText } from './schemas.ts';

function text(en: string, de: string): LocalizedText {
  return { en, de };
}

/**
 * What can be wrong with one value of a request. A finding carries the code, the sentence, and the JSON pointer
 * (RFC 6901) of the value. Codes are stable; `docs/errors.md` lists them and a test compares both.
 */
export const findingTexts = {
  'unknown-field': text('This field is not known.', 'Dieses Feld ist nicht bekannt.'),
  'wrong-type': text('The value has the wrong type.', 'Der Wert hat den falschen Typ.'),
  'unknown-value': text(
    'The value is not one of the allowed ones.',
    'Der Wert gehört nicht zu den erlaubten.',
  ),
  required: text('This field is required.', 'Dieses Feld ist erforderlich.'),
  'too-long': text('The value is too long.', 'Der Wert ist zu lang.'),
  'too-short': text('The value is too short.', 'Der Wert ist zu kurz.'),
  'too-many': text('There are too many entries.', 'Es sind zu viele Einträge.'),
  'too-few': text('There are too few entries.', 'Es sind zu wenige Einträge.'),
  'duplicate-entry': text('An entry stands there twice.', 'Ein Eintrag ist doppelt vorhanden.'),
  'out-of-range': text(
    'The number is outside of the allowed range.',
    'Die Zahl liegt außerhalb des erlaubten Bereichs.',
  ),
  'control-character': text('Control characters are not allowed.', 'Steuerzeichen sind nicht erlaubt.'),
  'wrong-format': text(
    'The value does not have the documented format.',
    'Der Wert hat nicht das beschriebene Format.',
  ),
  'hostname-required': text(
    'Enter the host name of the mail server.',
    'Tragen Sie den Hostnamen des Mailservers ein.',
  ),
  'hostname-invalid': text(
    'This is neither a host name nor an IP address.',
    'Das ist weder ein Hostname noch eine IP-Adresse.',
  ),
  'port-out-of-range': text(
    'The port is a number from 1 to 65535.',
    'Der Port ist eine Zahl von 1 bis 65535.',
  ),
  'username-required': text(
    'Authentication by password needs a user name.',
    'Die Anmeldung mit Passwort braucht einen Benutzernamen.',
  ),
  'password-required': text(
    'Authentication by password needs a password.',
    'Die Anmeldung mit Passwort braucht ein Passwort.',
  ),
  'secret-required': text(
    'The destination has changed. Enter the password again: a stored password is never sent to another server.',
    'Das Ziel wurde geändert. Geben Sie das Passwort erneut ein: Ein gespeichertes Passwort wird nie an einen anderen Server gesendet.',
  ),
  'secret-is-a-mask': text(
    'This looks like a masked password. Leave the field out to keep the stored one.',
    'Das sieht nach einem maskierten Passwort aus. Lassen Sie das Feld weg, um das gespeicherte zu behalten.',
  ),
  'service-principal-invalid': text(
    'A service principal has the form service/host, e.g. SMTPSVC/mail.acme.example.',
    'Ein Dienstprinzipalname (SPN) hat die Form Dienst/Host, z. B. SMTPSVC/mail.acme.example.',
  ),
  'cleartext-authentication': text(
    'The sign-in would be unencrypted. Choose an encryption, or set allowCleartextAuthentication.',
    'Die Anmeldung wäre unverschlüsselt. Wählen Sie eine Verschlüsselung oder setzen Sie allowCleartextAuthentication.',
  ),
  'timeout-out-of-range': text(
    'The timeout is a number of seconds from 5 to 3600.',
    'Das Timeout ist eine Anzahl von Sekunden von 5 bis 3600.',
  ),
  'limit-out-of-range': text(
    'A limit is 1 to 100 connections, at least 1 mail a minute, and at least 100 recipients a day.',
    'Ein Limit ist 1 bis 100 Verbindungen, mindestens 1 E-Mail pro Minute und mindestens 100 Empfänger pro Tag.',
  ),
  'sender-address-required': text('Enter a sender address.', 'Tragen Sie eine Absenderadresse ein.'),
  'address-invalid': text('This is not a valid mail address.', 'Das ist keine gültige E-Mail-Adresse.'),
  'exchange-connection-required': text(
    'Choose an Exchange connection.',
    'Wählen Sie eine Exchange-Verbindung aus.',
  ),
  'exchange-connection-unknown': text(
    'There is no Exchange connection with this id.',
    'Es gibt keine Exchange-Verbindung mit dieser Kennung.',
  ),
  'mailbox-required': text(
    'Enter the mail address of the mailbox that mail is sent through.',
    'Tragen Sie die E-Mail-Adresse des Postfachs ein, über das gesendet wird.',
  ),
  'authentication-unsupported': text(
    'This protocol signs in with OAuth only.',
    'Dieses Protokoll meldet sich nur mit OAuth an.',
  ),
  'tenant-required': text('Enter the tenant id.', 'Tragen Sie die Mandanten-ID ein.'),
  'tenant-invalid': text(
    'The tenant id is a GUID or a domain of the tenant; common and organizations are not enough here.',
    'Die Mandanten-ID ist eine GUID oder eine Domain des Mandanten; common und organizations genügen hier nicht.',
  ),
  'client-id-required': text('Enter the client id.', 'Tragen Sie die Client-ID ein.'),
  'client-secret-required': text(
    'Enter the client secret, or choose a client certificate.',
    'Tragen Sie den Clientschlüssel ein oder wählen Sie ein Clientzertifikat aus.',
  ),
  'certificate-not-rsa': text(
    'The sign-in with a certificate takes RSA keys only.',
    'Die Anmeldung mit Zertifikat braucht einen RSA-Schlüssel.',
  ),
  'url-required': text('Enter the address.', 'Tragen Sie die Adresse ein.'),
  'url-invalid': text(
    'This is not an https address without user name, query and fragment.',
    'Das ist keine https-Adresse ohne Benutzername, Abfrage und Fragment.',
  ),
  'certificate-unknown': text(
    'There is no certificate with this id in the certificate store.',
    'Im Zertifikatsspeicher gibt es kein Zertifikat mit dieser Kennung.',
  ),
  'certificate-kind-wrong': text(
    'A certificate of another kind is needed here.',
    'Hier wird ein Zertifikat einer anderen Art gebraucht.',
  ),
  'certificate-pending': text(
    'The certificate has not been issued yet. Import it as soon as the authority has sent it.',
    'Das Zertifikat ist noch nicht ausgestellt. Importieren Sie es, sobald die Zertifizierungsstelle es geschickt hat.',
  ),
  'certificate-changed': text(
    'This is a certificate for another key. Import it as a new one.',
    'Das ist ein Zertifikat für einen anderen Schlüssel. Importieren Sie es als neues.',
  ),
  'certificate-unreadable': text(
    'This is neither PEM, DER, PKCS#7 nor PKCS#12, or the file is damaged or cut off.',
    'Das ist weder PEM, DER, PKCS#7 noch PKCS#12, oder die Datei ist beschädigt oder abgeschnitten.',
  ),
  'certificate-encryption-unsupported': text(
    'The file is encrypted in a way that is not supported. Export it again, with AES-256.',
    'Die Datei ist auf eine Weise verschlüsselt, die nicht unterstützt wird. Exportieren Sie sie erneut, mit AES-256.',
  ),
  'certificate-password-required': text(
    'The file is protected by a password. Enter it.',
    'Die Datei ist mit einem Passwort geschützt. Geben Sie es ein.',
  ),
  'certificate-password-wrong': text(
    'The password does not open the file.',
    'Das Passwort öffnet die Datei nicht.',
  ),
  'certificate-missing': text('The file holds no certificate.', 'Die Datei enthält kein Zertifikat.'),
  'certificate-ambiguous': text(
    'The file holds several certificates or keys, and it is not clear which one is meant.',
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
    'The key of the certificate is too weak: RSA needs 2048 bits or more.',
    'Der Schlüssel des Zertifikats ist zu schwach: RSA braucht mindestens 2048 Bit.',
  ),
  'certificate-key-unsupported': text(
    'Keys of this type are not supported here. Supported are RSA and the curves P-256, P-384 and P-521.',
    'Schlüssel dieser Art werden hier nicht unterstützt. Unterstützt werden RSA und die Kurven P-256, P-384 und P-521.',
  ),
  'certificate-address-missing': text(
    'The certificate names no mail address.',
    'Das Zertifikat nennt keine E-Mail-Adresse.',
  ),
  'certificate-address-mismatch': text(
    'The certificate is for other mail addresses than the sender address.',
    'Das Zertifikat gilt für andere E-Mail-Adressen als die Absenderadresse.',
  ),
  'certificate-chain-broken': text(
    'The certificate was not signed by the issuer that came with it.',
    'Das Zertifikat wurde nicht von dem mitgelieferten Aussteller signiert.',
  ),
  'private-key-missing': text(
    'The private key of the certificate is missing. Import a file that holds it, such as PKCS#12.',
    'Der private Schlüssel des Zertifikats fehlt. Importieren Sie eine Datei, die ihn enthält, etwa PKCS#12.',
  ),
  'private-key-mismatch': text(
    'The private key is not the one of the certificate.',
    'Der private Schlüssel gehört nicht zu dem Zertifikat.',
  ),
  'certificate-required': text('Choose a certificate.', 'Wählen Sie ein Zertifikat aus.'),
  'feature-unavailable': text(
    'This version cannot do that yet; it can be saved while sending is switched off.',
    'Diese Version kann das noch nicht; gespeichert werden kann es, solange der Versand deaktiviert ist.',
  ),
  'recipient-required': text(
    'A mail needs at least one recipient.',
    'Eine E-Mail braucht mindestens einen Empfänger.',
  ),
  'header-not-allowed': text(
    'This header cannot be set. Allowed are X- headers and the ones the documentation lists.',
    'Dieser Header kann nicht gesetzt werden. Erlaubt sind X-Header und die in der Dokumentation genannten.',
  ),
  'base64-invalid': text('The content is not valid base64.', 'Der Inhalt ist kein gültiges Base64.'),
  'content-type-invalid': text('This is not a media type.', 'Das ist kein Medientyp.'),
  'date-invalid': text('This is not a date and time of RFC 3339.', 'Das ist kein Zeitpunkt nach RFC 3339.'),
  'date-in-the-past': text('This point in time has passed.', 'Dieser Zeitpunkt ist vergangen.'),
  'before-send-at': text(
    'The mail would expire before it may be sent.',
    'Die E-Mail würde ablaufen, bevor sie gesendet werden darf.',
  ),
  'date-too-far': text(
    'This is later than the log keeps a request.',
    'Das ist später, als das Protokoll eine Anforderung aufbewahrt.',
  ),
  'message-malformed': text(
    'The message is not a readable Internet message (RFC 5322).',
    'Die Nachricht ist keine lesbare Internetnachricht (RFC 5322).',
  ),
  'version-unknown': text('There is no such version.', 'Diese Version gibt es nicht.'),
  'scope-not-held': text(
    'A key can only give scopes that its creator holds.',
    'Ein Schlüssel kann nur Rechte weitergeben, die sein Ersteller hat.',
  ),
} as const satisfies Record<string, LocalizedText>;

export type FindingCode = keyof typeof findingTexts;
