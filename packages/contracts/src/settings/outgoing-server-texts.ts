import { hint as text } from '../schemas.ts';
import type { TextsOf } from './form.ts';
import type { outgoingServerFields } from './outgoing-server.ts';

const limitHelp = text(
  'Leave empty to use the limit of the preset.',
  'Leer lassen für die Grenze der Vorgabe.',
);

/** What people read about the fields of an outgoing server. */
export const outgoingServerTexts: TextsOf<typeof outgoingServerFields> = {
  '/enabled': {
    label: text('Enabled', 'Aktiviert'),
    help: text(
      'Turns sending on or off. While it is off, your entries are saved without being checked. Notes at the fields tell what is missing.',
      'Schaltet den Versand ein oder aus. Solange er aus ist, werden die Angaben gespeichert, ohne sie zu prüfen; was noch fehlt, steht als Hinweis am Feld.',
    ),
  },
  '/serverType': {
    label: text('Server type', 'Server-Typ'),
    help: text(
      'How mail is sent. For SMTP with OAuth, select Exchange; the connection then determines the authentication. Your entries for the other type are kept.',
      'Worüber die E-Mails versendet werden. Für SMTP mit OAuth wählen Sie Exchange; die Verbindung legt dann die Anmeldung fest. Die Angaben des anderen Typs bleiben erhalten.',
    ),
    choices: { smtp: text('SMTP', 'SMTP'), exchange: text('Exchange', 'Exchange') },
  },
  '/senderAddress': {
    label: text('Sender address', 'Absenderadresse'),
    members: {
      address: {
        label: text('Sender address', 'Absenderadresse'),
        help: text(
          'Recipients see this address if a mail has no sender of its own. Departments and people can have other addresses.',
          'Diese Adresse sehen die Empfänger, wenn eine E-Mail keine eigene mitbringt. Abteilungen und Personen können weitere haben.',
        ),
      },
      name: {
        label: text('Sender name', 'Absendername'),
        help: text('Name in front of the address. Optional.', 'Name, der vor der Adresse steht. Freiwillig.'),
      },
    },
  },
  '/copyToSender': {
    label: text('BCC to sender', 'BCC an Absender'),
    help: text(
      'Also sends every mail as a blind copy (BCC) to its sender, so that it is in their mail program. Automatic: not if the server saves sent mail itself.',
      'Schickt jede E-Mail zusätzlich unsichtbar (BCC) an ihren Absender, damit sie in dessen Mailprogramm liegt. Automatisch lässt das weg, wo der Server gesendete E-Mails selbst ablegt.',
    ),
    choices: { off: text('No', 'Nein'), bcc: text('Yes', 'Ja'), auto: text('Automatic', 'Automatisch') },
  },
  '/timeoutSeconds': {
    label: text('Timeout (minutes)', 'Timeout (Minuten)'),
    help: text(
      'An attempt is given up if the mail server does not respond for this time. 0.5 means 30 seconds; 5 seconds to 60 minutes are possible.',
      'So lange darf der Mailserver schweigen, bevor ein Versuch abgebrochen wird. 0,5 sind 30 Sekunden; möglich sind 5 Sekunden bis 60 Minuten.',
    ),
  },
  '/whenDisabled': {
    label: text('New mail while disabled', 'Neue E-Mails, solange deaktiviert'),
    help: text(
      'What happens to new mail while sending is off. Mail that has already been accepted is always kept.',
      'Was mit neuen E-Mails geschieht, solange der Versand aus ist. Was schon angenommen wurde, bleibt in jedem Fall erhalten.',
    ),
    choices: {
      reject: text('Reject', 'Ablehnen'),
      hold: text('Accept and hold', 'Annehmen und zurückhalten'),
    },
  },
  '/onUnknown': {
    label: text('If the outcome is unknown', 'Bei unklarem Ausgang'),
    help: text(
      'If the connection breaks after the end of the message, nobody knows whether the mail arrived. Sending it again can deliver it twice.',
      'Bricht die Verbindung nach dem letzten Zeichen ab, weiß niemand, ob die E-Mail ankam. Noch einmal senden kann sie verdoppeln.',
    ),
    choices: {
      '': text('Default', 'Wie vorgesehen'),
      hold: text('Hold until somebody decides', 'Zurückhalten, bis jemand entscheidet'),
      resend: text('Send again', 'Noch einmal senden'),
      reconcile: text('Look it up on the server', 'Beim Server nachsehen'),
    },
  },
  '/smtp/authentication': {
    label: text('Authentication', 'Authentifikation'),
    help: text(
      'How the service authenticates to the mail server: not at all, with its own Windows account (Kerberos or NTLM), or with user name and password.',
      'Wie sich der Dienst am Mailserver anmeldet: gar nicht, mit seinem eigenen Windows-Konto (Kerberos oder NTLM) oder mit Benutzername und Passwort.',
    ),
    choices: {
      none: text('None', 'Keine'),
      windows: text('Windows', 'Windows'),
      password: text('Password', 'Passwort'),
    },
  },
  '/smtp/hostname': {
    label: text('Host name', 'Hostname'),
    help: text(
      'Name or IP address of the mail server, such as mail.company.com.',
      'Name oder IP-Adresse des Mailservers, zum Beispiel mail.firma.de.',
    ),
  },
  '/smtp/port': {
    label: text('Port', 'Port'),
    help: text(
      'The port of the mail server. Leave empty for the usual one of the encryption: 25 (none), 587 (STARTTLS) or 465 (TLS).',
      'Über diesen Port ist der Mailserver erreichbar. Leer lassen für den üblichen der Verschlüsselung: 25 (keine), 587 (STARTTLS) oder 465 (TLS).',
    ),
  },
  '/smtp/windowsMechanism': {
    label: text('Authentication method', 'Anmeldeverfahren'),
    help: text(
      'Automatic is usually right: the service authenticates with its own account (Kerberos). Use NTLM only for servers that support nothing else.',
      'Automatisch ist meist richtig: Der Dienst meldet sich mit seinem eigenen Konto an (Kerberos). NTLM nur für Server, die nichts anderes können.',
    ),
    choices: {
      negotiate: text('Automatic (Kerberos)', 'Automatisch (Kerberos)'),
      kerberos: text('Kerberos only', 'Nur Kerberos'),
      ntlm: text('NTLM with a domain user', 'NTLM mit einem Domänenbenutzer'),
    },
  },
  '/smtp/servicePrincipal': {
    label: text('Service principal', 'Dienstprinzipalname'),
    help: text(
      'Service principal name (SPN) of the mail server. Leave empty for the usual one, SMTPSVC/ and the host name.',
      'Dienstprinzipalname (SPN) des Mailservers. Leer lassen für den üblichen, SMTPSVC/ und den Hostnamen.',
    ),
  },
  '/smtp/username': {
    label: text('User name', 'Benutzername'),
    help: text(
      'The account of the service on the mail server; for NTLM as DOMAIN\\user or user@domain. It needs the right “Send as” for every sender.',
      'Das Benutzerkonto, mit dem sich der Dienst anmeldet, bei NTLM als DOMÄNE\\Benutzer oder benutzer@domäne. Es braucht das Recht „Senden als“ für alle Absender, in deren Namen gesendet wird.',
    ),
  },
  '/smtp/password': {
    label: text('Password', 'Passwort'),
    help: text(
      'The password of the account. It is sealed when you save, and never shown again.',
      'Das Passwort zum Benutzernamen. Es wird beim Speichern versiegelt und nie wieder angezeigt.',
    ),
  },
  '/smtp/encryption': {
    label: text('TLS', 'TLS'),
    help: text(
      'Whether and how the connection is encrypted. The certificate of the server is always checked. If encryption fails, nothing is sent.',
      'Ob und wie die Verbindung verschlüsselt wird. Das Zertifikat des Servers wird immer geprüft; klappt die Verschlüsselung nicht, wird nicht gesendet.',
    ),
    choices: {
      none: text('No encryption', 'Keine Verschlüsselung'),
      starttls: text('STARTTLS (usual with port 587)', 'STARTTLS (üblich mit Port 587)'),
      implicit: text('TLS from the start (usual with port 465)', 'TLS von Anfang an (üblich mit Port 465)'),
    },
  },
  '/smtp/allowCleartextAuthentication': {
    label: text('Authentication without encryption', 'Anmeldung ohne Verschlüsselung'),
    help: text(
      'Only for isolated networks: others can read the password and the mail in transit.',
      'Nur für abgeschottete Netze: Anmeldung und E-Mails sind unterwegs für andere lesbar.',
    ),
    statement: text('Authenticate without encryption anyway', 'Trotzdem unverschlüsselt anmelden'),
  },
  '/smtp/clientCertificateId': {
    label: text('Select certificate', 'Zertifikat auswählen'),
    help: text(
      'Only if the mail server requires a certificate for the connection. It is not the S/MIME certificate.',
      'Nur wenn der Mailserver für die Verbindung ein Zertifikat verlangt. Nicht dasselbe wie das Zertifikat für S/MIME.',
    ),
  },
  '/smtp/trustedCertificateId': {
    label: text('Trusted certificate', 'Vertrauenswürdiges Zertifikat'),
    help: text(
      'Your own certification authority, or the certificate of the server itself, if no public authority issued it.',
      'Eigene Zertifizierungsstelle oder das Zertifikat des Servers selbst, wenn es nicht von einer öffentlichen Stelle kommt.',
    ),
  },
  '/exchange/connectionId': {
    label: text('Exchange connection', 'Exchange Verbindung'),
    help: text(
      'The Exchange connection that mail is sent through. It contains e-mail, client ID, tenant ID and client secret.',
      'Über welche Exchange-Verbindung gesendet wird. E-Mail, Client-ID, Mandant-ID und Clientschlüssel stehen in der Verbindung.',
    ),
  },
  '/smime/encrypt': {
    label: text('S/MIME', 'S/MIME'),
    help: text(
      'Encrypts outgoing mail with the certificates of the recipients. Mail is signed with your own certificate.',
      'Verschlüsselt ausgehende E-Mails mit den Zertifikaten der Empfänger. Signiert wird mit dem eigenen Zertifikat.',
    ),
    choices: {
      off: text('No', 'Nein'),
      'when-possible': text('If every recipient has a certificate', 'Wenn für alle ein Zertifikat da ist'),
      required: text('Always; otherwise do not send', 'Immer, sonst nicht senden'),
      gateway: text('For a gateway', 'Für ein Gateway'),
    },
  },
  '/smime/sign': {
    label: text('S/MIME: sign', 'S/MIME: signieren'),
    statement: text('Sign outgoing mail', 'Ausgehende E-Mails signieren'),
  },
  '/smime/certificateId': {
    label: text('S/MIME: own certificate', 'S/MIME: eigenes Zertifikat'),
    help: text(
      'Mail is signed with it. Encrypted mail is always encrypted for this certificate too, so that you can read what was sent.',
      'Damit wird signiert. Verschlüsselt wird immer auch für dieses Zertifikat, damit gesendete E-Mails lesbar bleiben.',
    ),
  },
  '/smime/gatewayCertificateId': {
    label: text('S/MIME: gateway certificate', 'S/MIME: Zertifikat des Gateways'),
    help: text(
      'The recipient certificate of the gateway. Import it under “Recipient certificates”.',
      'Das Empfängerzertifikat des Gateways. Importieren Sie es unter „Empfängerzertifikate“.',
    ),
  },
  '/smime/contentEncryption': {
    label: text('S/MIME: algorithm', 'S/MIME: Verfahren'),
    help: text(
      'AES-256-GCM is newer. Older mail programs cannot read it.',
      'AES-256-GCM ist neuer. Ältere Mailprogramme können es nicht lesen.',
    ),
    choices: {
      'aes-256-cbc': text('AES-256-CBC', 'AES-256-CBC'),
      'aes-256-gcm': text('AES-256-GCM', 'AES-256-GCM'),
    },
  },
  '/smime/keyTransport': {
    label: text('S/MIME: key transport (RSA)', 'S/MIME: Schlüsseltransport (RSA)'),
    help: text(
      'For recipients with RSA keys. OAEP is newer. Older mail programs cannot read it.',
      'Für Empfänger mit RSA-Schlüssel. OAEP ist neuer. Ältere Mailprogramme können es nicht lesen.',
    ),
    choices: { 'rsa-pkcs1': text('PKCS#1 v1.5', 'PKCS#1 v1.5'), 'rsa-oaep': text('OAEP', 'OAEP') },
  },
  '/smime/rsaSignature': {
    label: text('S/MIME: signature (RSA)', 'S/MIME: Signatur (RSA)'),
    help: text(
      'For your own certificates with RSA keys. PSS is newer. Older mail programs cannot verify it.',
      'Für eigene Zertifikate mit RSA-Schlüssel. PSS ist neuer. Ältere Mailprogramme können es nicht prüfen.',
    ),
    choices: { pkcs1: text('PKCS#1 v1.5', 'PKCS#1 v1.5'), pss: text('PSS', 'PSS') },
  },
  '/limits/preset': {
    label: text('Limits of the server', 'Grenzen des Servers'),
    help: text(
      'How much mail the server accepts. All mailers share the limits; mail beyond them waits.',
      'Wie viel der Mailserver zulässt. Alle Mailer halten sich gemeinsam daran; was darüber hinausgeht, wartet.',
    ),
    choices: { none: text('None', 'Keine'), 'exchange-online': text('Exchange Online', 'Exchange Online') },
  },
  '/limits/maxConnections': {
    label: text('Simultaneous connections', 'Verbindungen gleichzeitig'),
    help: limitHelp,
  },
  '/limits/mailsPerMinute': { label: text('Mails per minute', 'E-Mails pro Minute'), help: limitHelp },
  '/limits/recipientsPerDay': { label: text('Recipients per day', 'Empfänger pro Tag'), help: limitHelp },
};
