import { hint as text } from '../schemas.ts';
import type { TextsOf } from './form.ts';
import type { outgoingServerFields } from './outgoing-server.ts';

const limitHelp = text('Empty: value of the preset.', 'Leer: Wert der Vorlage.');

/** What people read about the fields of an outgoing server. */
export const outgoingServerTexts: TextsOf<typeof outgoingServerFields> = {
  '/enabled': {
    label: text('Enabled', 'Aktiviert'),
    help: text(
      'Turns sending on or off. While it is off, settings are saved without validation, and each field shows ' +
        'what is still missing.',
      'Schaltet den Versand ein oder aus. Solange er aus ist, werden die Angaben gespeichert, ohne sie zu ' +
        'prüfen; was noch fehlt, steht als Hinweis am Feld.',
    ),
  },
  '/serverType': {
    label: text('Server type', 'Server-Typ'),
    help: text(
      'How mail is sent. For SMTP with OAuth, choose Exchange: the connection then defines how to sign in. The ' +
        'test mailbox delivers nothing: mail is only shown here. The settings of the other types are kept.',
      'Worüber die E-Mails versendet werden. Für SMTP mit OAuth wählen Sie Exchange; die Verbindung legt dann ' +
        'die Anmeldung fest. Das Testpostfach stellt nichts zu: Die E-Mails werden nur hier angezeigt. Die Angaben ' +
        'der anderen Typen bleiben erhalten.',
    ),
    choices: {
      smtp: text('SMTP', 'SMTP'),
      exchange: text('Exchange', 'Exchange'),
      'test-mailbox': text('Test mailbox', 'Testpostfach'),
    },
  },
  '/senderAddress': {
    label: text('Sender address', 'Absenderadresse'),
    members: {
      address: {
        label: text('Sender address', 'Absenderadresse'),
        help: text(
          'Recipients see this address if a mail does not specify its own sender.',
          'Diese Adresse sehen die Empfänger, wenn eine E-Mail keine eigene mitbringt.',
        ),
      },
      name: {
        label: text('Sender name', 'Absendername'),
        help: text('Display name of the sender (optional).', 'Anzeigename des Absenders (optional).'),
      },
    },
  },
  '/copyToSender': {
    label: text('BCC to sender', 'BCC an Absender'),
    help: text(
      'Sends a blind copy (BCC) of each mail to its sender, so that it appears in their mailbox. Automatic: only ' +
        'if the server does not file sent mail itself.',
      'Schickt jede E-Mail zusätzlich unsichtbar (BCC) an ihren Absender, damit sie in dessen Mailprogramm ' +
        'liegt. Automatisch: nur, wenn der Server gesendete E-Mails nicht selbst ablegt.',
    ),
    choices: { off: text('No', 'Nein'), bcc: text('Yes', 'Ja'), auto: text('Automatic', 'Automatisch') },
  },
  '/fromPolicy/kind': {
    label: text('Allowed senders', 'Erlaubte Absender'),
    help: text(
      'Which addresses applications may send from. Other mail is refused.',
      'Von welchen Adressen Anwendungen senden dürfen. Andere E-Mails werden abgelehnt.',
    ),
    choices: {
      any: text('Every address', 'Jede Adresse'),
      known: text('Only senders that are entered here', 'Nur hier eingetragene Absender'),
      'known-or-domains': text(
        'Entered senders, and these domains',
        'Eingetragene Absender und diese Domains',
      ),
    },
  },
  '/fromPolicy/domains': {
    label: text('Domains', 'Domains'),
    help: text(
      'Leave empty for the domain of the sender address. Separate several domains with commas.',
      'Leer lassen für die Domain der Absenderadresse. Mehrere Domains mit Komma trennen.',
    ),
  },
  '/timeoutSeconds': {
    label: text('Timeout (minutes)', 'Timeout (Minuten)'),
    help: text(
      'How long to wait for a reply of the mail server before the attempt is aborted. Example: 0.5 = 30 seconds. ' +
        'The range is 5 seconds to 60 minutes.',
      'Wartezeit auf eine Antwort des Mailservers, danach wird der Versuch abgebrochen. Beispiel: 0,5 = 30 ' +
        'Sekunden. Möglich sind 5 Sekunden bis 60 Minuten.',
    ),
  },
  '/onForeignSender': {
    label: text('Mail from other senders', 'E-Mails von anderen Absendern'),
    help: text(
      'What happens to a mail whose sender is not allowed here. Finished messages are refused in any case.',
      'Was mit einer E-Mail geschieht, deren Absender hier nicht erlaubt ist. Fertige Nachrichten werden immer abgelehnt.',
    ),
    choices: {
      refuse: text('Refuse', 'Ablehnen'),
      rewrite: text(
        'Send as the default sender, with replies to the other one',
        'Als Standardabsender senden, Antworten gehen an den anderen',
      ),
    },
  },
  '/whenDisabled': {
    label: text('New mail while sending is disabled', 'Neue E-Mails bei deaktiviertem Versand'),
    help: text(
      'What happens to new mail while sending is off. Mail that was already accepted is always kept.',
      'Was mit neuen E-Mails geschieht, solange der Versand aus ist. Was schon angenommen wurde, bleibt in jedem Fall erhalten.',
    ),
    choices: {
      reject: text('Reject', 'Ablehnen'),
      hold: text('Accept and hold', 'Annehmen und zurückhalten'),
    },
  },
  '/onUnknown': {
    label: text('When it is unclear whether a mail arrived', 'Wenn unklar ist, ob eine E-Mail ankam'),
    help: text(
      'If the connection breaks right after the handover, it is unclear whether the mail was accepted. Sending ' +
        'again may cause a duplicate. Default: hold with SMTP, check with the server with Exchange.',
      'Reißt die Verbindung direkt nach der Übergabe ab, ist offen, ob die E-Mail angenommen wurde. Erneutes ' +
        'Senden kann zu Duplikaten führen. Standard: bei SMTP zurückhalten, bei Exchange beim Server prüfen.',
    ),
    choices: {
      '': text('Default', 'Standard'),
      hold: text('Hold until someone decides', 'Zurückhalten, bis jemand entscheidet'),
      resend: text('Send again', 'Noch einmal senden'),
      reconcile: text('Check with the server', 'Beim Server prüfen'),
    },
  },
  '/smtp/authentication': {
    label: text('Authentication', 'Authentifikation'),
    help: text(
      'How the service signs in to the mail server: not at all, with its own Windows account (Kerberos or NTLM), ' +
        'with a user name and password, or with its client certificate (SASL EXTERNAL).',
      'Wie sich der Dienst am Mailserver anmeldet: gar nicht, mit seinem eigenen Windows-Konto (Kerberos oder ' +
        'NTLM), mit Benutzername und Passwort oder mit seinem Clientzertifikat (SASL EXTERNAL).',
    ),
    choices: {
      none: text('None', 'Keine'),
      windows: text('Windows', 'Windows'),
      password: text('Password', 'Passwort'),
      external: text('Client certificate', 'Clientzertifikat'),
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
      'The port of the mail server. Leave empty for the usual port.',
      'Über diesen Port ist der Mailserver erreichbar. Leer lassen für den üblichen Port.',
    ),
    placeholder: { of: '/smtp/encryption', texts: { none: '25', starttls: '587', implicit: '465' } },
  },
  '/smtp/windowsMechanism': {
    label: text('Sign-in method', 'Anmeldeverfahren'),
    help: text(
      'Automatic is usually right: the service signs in with its own account (Kerberos). NTLM is for servers ' +
        'that support nothing else.',
      'Automatisch ist meist richtig: Der Dienst meldet sich mit seinem eigenen Konto an (Kerberos). NTLM nur ' +
        'für Server, die nichts anderes können.',
    ),
    choices: {
      negotiate: text('Automatic (Kerberos)', 'Automatisch (Kerberos)'),
      kerberos: text('Kerberos only', 'Nur Kerberos'),
      ntlm: text('NTLM with a domain user', 'NTLM mit einem Domänenbenutzer'),
    },
  },
  '/smtp/servicePrincipal': {
    label: text('Service principal name', 'Dienstprinzipalname'),
    help: text(
      'Service principal name (SPN) of the mail server. Leave empty for the usual one. Another host must be ' +
        'allowed by the operator.',
      'Dienstprinzipalname (SPN) des Mailservers. Leer lassen für den üblichen. Einen anderen Host muss der Betreiber erlauben.',
    ),
    placeholder: 'SMTPSVC/{/smtp/hostname}',
  },
  '/smtp/identityGrant': {
    label: text('Use of the identity allowed', 'Verwendung der Identität erlaubt'),
  },
  '/smtp/username': {
    label: text('User name', 'Benutzername'),
    help: text(
      'The account that the service signs in with. It needs the right “Send as” for every sender. For NTLM: the ' +
        'domain user, as DOMAIN\\user or user@domain.',
      'Das Benutzerkonto, mit dem sich der Dienst anmeldet. Es braucht das Recht „Senden als“ für alle Absender, ' +
        'in deren Namen gesendet wird. Für NTLM: der Domänenbenutzer, als DOMÄNE\\Benutzer oder benutzer@domäne.',
    ),
  },
  '/smtp/password': {
    label: text('Password', 'Passwort'),
    help: text(
      'The password of the account. It is stored encrypted and never shown again.',
      'Das Passwort zum Benutzernamen. Wird verschlüsselt gespeichert und nie wieder angezeigt.',
    ),
  },
  '/smtp/authorizationIdentity': {
    label: text('Act as (optional)', 'Handeln als (optional)'),
    help: text(
      'Authorization identity that is sent with the certificate. Leave empty for the account that the certificate belongs to.',
      'Autorisierungsidentität, die mit dem Zertifikat gesendet wird. Leer lassen für das Konto, zu dem das Zertifikat gehört.',
    ),
  },
  '/smtp/encryption': {
    label: text('TLS', 'TLS'),
    help: text(
      'Whether and how the connection is encrypted. The certificate of the server is always verified. If ' +
        'encryption fails, nothing is sent.',
      'Ob und wie die Verbindung verschlüsselt wird. Das Zertifikat des Servers wird immer geprüft; kommt keine ' +
        'Verschlüsselung zustande, wird nicht gesendet.',
    ),
    choices: {
      none: text('No encryption', 'Keine Verschlüsselung'),
      starttls: text('STARTTLS (usually port 587)', 'STARTTLS (üblich: Port 587)'),
      implicit: text('TLS on connect (usually port 465)', 'TLS direkt beim Verbinden (üblich: Port 465)'),
    },
  },
  '/smtp/allowCleartextAuthentication': {
    label: text('Unencrypted sign-in', 'Anmeldung ohne Verschlüsselung'),
    help: text(
      'For isolated networks only: credentials and mail are transmitted unencrypted.',
      'Nur für abgeschottete Netze: Zugangsdaten und E-Mails werden unverschlüsselt übertragen.',
    ),
    statement: text('Allow unencrypted sign-in', 'Trotzdem unverschlüsselt anmelden'),
  },
  '/smtp/clientCertificateId': {
    label: text('Client certificate for the connection', 'Clientzertifikat für die Verbindung'),
    help: text(
      'Only if the mail server requires a certificate for the connection or the sign-in. Not the same as the S/MIME certificate.',
      'Nur wenn der Mailserver für die Verbindung oder die Anmeldung ein Zertifikat verlangt. Nicht dasselbe wie ' +
        'das Zertifikat für S/MIME.',
    ),
  },
  '/smtp/trustedCertificateId': {
    label: text('Trusted certificate', 'Vertrauenswürdiges Zertifikat'),
    help: text(
      'Your own CA, or the certificate of the server itself, if it was not issued by a public CA.',
      'Eigene Zertifizierungsstelle oder das Zertifikat des Servers selbst, wenn es nicht von einer öffentlichen Stelle kommt.',
    ),
  },
  '/exchange/connectionId': {
    label: text('Exchange connection', 'Exchange-Verbindung'),
    help: text(
      'The Exchange connection that mail is sent through. It contains the mailbox, client ID, tenant ID and client secret.',
      'Über welche Exchange-Verbindung gesendet wird. E-Mail, Client-ID, Mandant-ID und Clientschlüssel stehen ' +
        'in der Verbindung.',
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
      'when-possible': text(
        'If all recipients have a certificate',
        'Wenn alle Empfänger ein Zertifikat haben',
      ),
      required: text('Always (otherwise do not send)', 'Immer (sonst nicht senden)'),
      gateway: text('Through an S/MIME gateway', 'Über ein S/MIME-Gateway'),
    },
  },
  '/smime/sign': {
    label: text('S/MIME: sign', 'S/MIME: signieren'),
    statement: text('Sign outgoing mail', 'Ausgehende E-Mails signieren'),
  },
  '/smime/certificateId': {
    label: text('S/MIME: your certificate', 'S/MIME: eigenes Zertifikat'),
    help: text(
      'Signs outgoing mail. Mail is always encrypted to this certificate as well, so that sent mail stays readable.',
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
      'Automatic: AES-256-GCM if the certificates of all recipients declare it, else AES-256-CBC. Older mail ' +
        'programs cannot read AES-256-GCM.',
      'Automatisch: AES-256-GCM, wenn die Zertifikate aller Empfänger es angeben, sonst AES-256-CBC. Ältere ' +
        'Mailprogramme können AES-256-GCM nicht lesen.',
    ),
    choices: {
      auto: text('Automatic', 'Automatisch'),
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
    label: text('Sending limits', 'Sendelimits'),
    help: text(
      'How much the mail server allows. All mailers share these limits; mail beyond them waits.',
      'Wie viel der Mailserver zulässt. Alle Mailer halten sich gemeinsam daran; was darüber hinausgeht, wartet.',
    ),
    choices: { none: text('None', 'Keine'), 'exchange-online': text('Exchange Online', 'Exchange Online') },
  },
  '/limits/maxConnections': {
    label: text('Concurrent connections', 'Gleichzeitige Verbindungen'),
    help: text(
      'Empty: value of the preset. Without one, the number adapts to the mail server and to the mail that waits.',
      'Leer: Wert der Vorlage. Ohne Vorgabe passt sich die Zahl dem Mailserver und den wartenden E-Mails an.',
    ),
  },
  '/limits/mailsPerMinute': {
    label: text('Mails per minute', 'E-Mails pro Minute'),
    help: limitHelp,
  },
  '/limits/recipientsPerDay': {
    label: text('Recipients per day', 'Empfänger pro Tag'),
    help: limitHelp,
  },
};
