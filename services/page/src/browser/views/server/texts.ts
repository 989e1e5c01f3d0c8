import { texts } from '../../i18n.ts';
import type { FieldTexts } from '../../parts/setting-values.ts';

/** The German labels are those of the page that this one replaces. */
export const serverLabels = texts<FieldTexts>({
  de: {
    labels: {
      '/enabled': 'Aktiviert',
      '/serverType': 'Server-Typ',
      '/smtp/authentication': 'Authentifikation',
      '/smtp/hostname': 'Hostname',
      '/smtp/port': 'Port',
      '/smtp/username': 'Benutzername',
      '/smtp/password': 'Passwort',
      '/smtp/windowsMechanism': 'Anmeldeverfahren',
      '/smtp/servicePrincipal': 'Dienstprinzipalname',
      '/smtp/encryption': 'TLS',
      '/smtp/allowCleartextAuthentication': 'Anmeldung ohne Verschlüsselung',
      '/smtp/clientCertificateId': 'Clientzertifikat für die Verbindung',
      '/smtp/trustedCertificateId': 'Vertrauenswürdiges Zertifikat',
      '/senderAddress': 'Absenderadresse',
      '/senderAddress/name': 'Absendername',
      '/senderAddress/address': 'Absenderadresse',
      '/copyToSender': 'BCC an Absender',
      '/timeoutSeconds': 'Timeout (Minuten)',
      '/whenDisabled': 'Neue E-Mails bei deaktiviertem Versand',
      '/onUnknown': 'Wenn unklar ist, ob eine E-Mail ankam',
      '/exchange/connectionId': 'Exchange-Verbindung',
      '/smime/encrypt': 'S/MIME',
      '/smime/sign': 'S/MIME: signieren',
      '/smime/certificateId': 'S/MIME: eigenes Zertifikat',
      '/smime/gatewayCertificateId': 'S/MIME: Zertifikat des Gateways',
      '/smime/contentEncryption': 'S/MIME: Verfahren',
      '/smime/keyTransport': 'S/MIME: Schlüsseltransport (RSA)',
      '/smime/rsaSignature': 'S/MIME: Signatur (RSA)',
      '/limits/preset': 'Sendelimits',
      '/limits/maxConnections': 'Gleichzeitige Verbindungen',
      '/limits/mailsPerMinute': 'E-Mails pro Minute',
      '/limits/recipientsPerDay': 'Empfänger pro Tag',
    },
    help: {
      '/enabled':
        'Schaltet den Versand ein oder aus. Solange er aus ist, werden die Angaben gespeichert, ohne sie zu prüfen; was noch fehlt, steht als Hinweis am Feld.',
      '/serverType':
        'Worüber die E-Mails versendet werden. Für SMTP mit OAuth wählen Sie Exchange; die Verbindung legt dann die Anmeldung fest. Die Angaben des anderen Typs bleiben erhalten.',
      '/smtp/authentication':
        'Wie sich der Dienst am Mailserver anmeldet: gar nicht, mit seinem eigenen Windows-Konto (Kerberos oder NTLM) oder mit Benutzername und Passwort.',
      '/smtp/hostname': 'Name oder IP-Adresse des Mailservers, zum Beispiel mail.firma.de.',
      '/smtp/port': 'Über diesen Port ist der Mailserver erreichbar. Leer lassen für den üblichen Port.',
      '/smtp/username':
        'Das Benutzerkonto, mit dem sich der Dienst anmeldet. Es braucht das Recht „Senden als“ für alle Absender, in deren Namen gesendet wird. Für NTLM: der Domänenbenutzer, als DOMÄNE\\Benutzer oder benutzer@domäne.',
      '/smtp/windowsMechanism':
        'Automatisch ist meist richtig: Der Dienst meldet sich mit seinem eigenen Konto an (Kerberos). NTLM nur für Server, die nichts anderes können.',
      '/smtp/servicePrincipal': 'Dienstprinzipalname (SPN) des Mailservers. Leer lassen für den üblichen.',
      '/smtp/password':
        'Das Passwort zum Benutzernamen. Wird verschlüsselt gespeichert und nie wieder angezeigt.',
      '/smtp/encryption':
        'Ob und wie die Verbindung verschlüsselt wird. Das Zertifikat des Servers wird immer geprüft; kommt keine Verschlüsselung zustande, wird nicht gesendet.',
      '/smtp/allowCleartextAuthentication':
        'Nur für abgeschottete Netze: Zugangsdaten und E-Mails werden unverschlüsselt übertragen.',
      '/exchange/connectionId':
        'Über welche Exchange-Verbindung gesendet wird. E-Mail, Client-ID, Mandant-ID und Clientschlüssel stehen in der Verbindung.',
      '/senderAddress/address': 'Diese Adresse sehen die Empfänger, wenn eine E-Mail keine eigene mitbringt.',
      '/senderAddress/name': 'Anzeigename des Absenders (optional).',
      '/copyToSender':
        'Schickt jede E-Mail zusätzlich unsichtbar (BCC) an ihren Absender, damit sie in dessen Mailprogramm liegt. Automatisch: nur, wenn der Server gesendete E-Mails nicht selbst ablegt.',
      '/timeoutSeconds':
        'Wartezeit auf eine Antwort des Mailservers, danach wird der Versuch abgebrochen. Beispiel: 0,5 = 30 Sekunden. Möglich sind 5 Sekunden bis 60 Minuten.',
      '/smime/encrypt':
        'Verschlüsselt ausgehende E-Mails mit den Zertifikaten der Empfänger. Signiert wird mit dem eigenen Zertifikat.',
      '/smime/certificateId':
        'Damit wird signiert. Verschlüsselt wird immer auch für dieses Zertifikat, damit gesendete E-Mails lesbar bleiben.',
      '/smime/gatewayCertificateId':
        'Das Empfängerzertifikat des Gateways. Importieren Sie es unter „Empfängerzertifikate“.',
      '/smime/contentEncryption': 'AES-256-GCM ist neuer. Ältere Mailprogramme können es nicht lesen.',
      '/smime/keyTransport':
        'Für Empfänger mit RSA-Schlüssel. OAEP ist neuer. Ältere Mailprogramme können es nicht lesen.',
      '/smime/rsaSignature':
        'Für eigene Zertifikate mit RSA-Schlüssel. PSS ist neuer. Ältere Mailprogramme können es nicht prüfen.',
      '/smtp/clientCertificateId':
        'Nur wenn der Mailserver für die Verbindung ein Zertifikat verlangt. Nicht dasselbe wie das Zertifikat für S/MIME.',
      '/smtp/trustedCertificateId':
        'Eigene Zertifizierungsstelle oder das Zertifikat des Servers selbst, wenn es nicht von einer öffentlichen Stelle kommt.',
      '/whenDisabled':
        'Was mit neuen E-Mails geschieht, solange der Versand aus ist. Was schon angenommen wurde, bleibt in jedem Fall erhalten.',
      '/onUnknown':
        'Reißt die Verbindung direkt nach der Übergabe ab, ist offen, ob die E-Mail angenommen wurde. Erneutes Senden kann zu Duplikaten führen. Standard: bei SMTP zurückhalten, bei Exchange beim Server prüfen.',
      '/limits/preset':
        'Wie viel der Mailserver zulässt. Alle Mailer halten sich gemeinsam daran; was darüber hinausgeht, wartet.',
      '/limits/maxConnections': 'Leer: Wert der Vorlage.',
      '/limits/mailsPerMinute': 'Leer: Wert der Vorlage.',
      '/limits/recipientsPerDay': 'Leer: Wert der Vorlage.',
    },
    boxes: {
      '/smtp/allowCleartextAuthentication': 'Trotzdem unverschlüsselt anmelden',
      '/smime/sign': 'Ausgehende E-Mails signieren',
    },
    choices: {
      '/serverType': { smtp: 'SMTP', exchange: 'Exchange' },
      '/smtp/authentication': { none: 'Keine', windows: 'Windows', password: 'Passwort' },
      '/smtp/windowsMechanism': {
        negotiate: 'Automatisch (Kerberos)',
        kerberos: 'Nur Kerberos',
        ntlm: 'NTLM mit einem Domänenbenutzer',
      },
      '/smtp/encryption': {
        none: 'Keine Verschlüsselung',
        starttls: 'STARTTLS (üblich: Port 587)',
        implicit: 'TLS direkt beim Verbinden (üblich: Port 465)',
      },
      '/copyToSender': { off: 'Nein', bcc: 'Ja', auto: 'Automatisch' },
      '/whenDisabled': { reject: 'Ablehnen', hold: 'Annehmen und zurückhalten' },
      '/onUnknown': {
        '': 'Standard',
        hold: 'Zurückhalten, bis jemand entscheidet',
        resend: 'Noch einmal senden',
        reconcile: 'Beim Server prüfen',
      },
      '/limits/preset': { none: 'Keine', 'exchange-online': 'Exchange Online' },
      '/smime/contentEncryption': { 'aes-256-cbc': 'AES-256-CBC', 'aes-256-gcm': 'AES-256-GCM' },
      '/smime/keyTransport': { 'rsa-pkcs1': 'PKCS#1 v1.5', 'rsa-oaep': 'OAEP' },
      '/smime/rsaSignature': { pkcs1: 'PKCS#1 v1.5', pss: 'PSS' },
      '/smime/encrypt': {
        off: 'Nein',
        'when-possible': 'Wenn alle Empfänger ein Zertifikat haben',
        required: 'Immer (sonst nicht senden)',
        gateway: 'Über ein S/MIME-Gateway',
      },
    },
  },
  en: {
    labels: {
      '/enabled': 'Enabled',
      '/serverType': 'Server type',
      '/smtp/authentication': 'Authentication',
      '/smtp/hostname': 'Host name',
      '/smtp/port': 'Port',
      '/smtp/username': 'User name',
      '/smtp/password': 'Password',
      '/smtp/windowsMechanism': 'Sign-in method',
      '/smtp/servicePrincipal': 'Service principal name',
      '/smtp/encryption': 'TLS',
      '/smtp/allowCleartextAuthentication': 'Unencrypted sign-in',
      '/smtp/clientCertificateId': 'Client certificate for the connection',
      '/smtp/trustedCertificateId': 'Trusted certificate',
      '/senderAddress': 'Sender address',
      '/senderAddress/name': 'Sender name',
      '/senderAddress/address': 'Sender address',
      '/copyToSender': 'BCC to sender',
      '/timeoutSeconds': 'Timeout (minutes)',
      '/whenDisabled': 'New mail while sending is disabled',
      '/onUnknown': 'When it is unclear whether a mail arrived',
      '/exchange/connectionId': 'Exchange connection',
      '/smime/encrypt': 'S/MIME',
      '/smime/sign': 'S/MIME: sign',
      '/smime/certificateId': 'S/MIME: your certificate',
      '/smime/gatewayCertificateId': 'S/MIME: gateway certificate',
      '/smime/contentEncryption': 'S/MIME: algorithm',
      '/smime/keyTransport': 'S/MIME: key transport (RSA)',
      '/smime/rsaSignature': 'S/MIME: signature (RSA)',
      '/limits/preset': 'Sending limits',
      '/limits/maxConnections': 'Concurrent connections',
      '/limits/mailsPerMinute': 'Mails per minute',
      '/limits/recipientsPerDay': 'Recipients per day',
    },
    help: {
      '/enabled':
        'Turns sending on or off. While it is off, settings are saved without validation, and each field shows what is still missing.',
      '/serverType':
        'How mail is sent. For SMTP with OAuth, choose Exchange: the connection then defines how to sign in. The settings of the other type are kept.',
      '/smtp/authentication':
        'How the service signs in to the mail server: not at all, with its own Windows account (Kerberos or NTLM), or with a user name and password.',
      '/smtp/hostname': 'Name or IP address of the mail server, such as mail.company.com.',
      '/smtp/port': 'The port of the mail server. Leave empty for the usual port.',
      '/smtp/username':
        'The account that the service signs in with. It needs the right “Send as” for every sender. For NTLM: the domain user, as DOMAIN\\user or user@domain.',
      '/smtp/windowsMechanism':
        'Automatic is usually right: the service signs in with its own account (Kerberos). NTLM is for servers that support nothing else.',
      '/smtp/servicePrincipal':
        'Service principal name (SPN) of the mail server. Leave empty for the usual one.',
      '/smtp/password': 'The password of the account. It is stored encrypted and never shown again.',
      '/smtp/encryption':
        'Whether and how the connection is encrypted. The certificate of the server is always verified. If encryption fails, nothing is sent.',
      '/smtp/allowCleartextAuthentication':
        'For isolated networks only: credentials and mail are transmitted unencrypted.',
      '/exchange/connectionId':
        'The Exchange connection that mail is sent through. It contains the mailbox, client ID, tenant ID and client secret.',
      '/senderAddress/address': 'Recipients see this address if a mail does not specify its own sender.',
      '/senderAddress/name': 'Display name of the sender (optional).',
      '/copyToSender':
        'Sends a blind copy (BCC) of each mail to its sender, so that it appears in their mailbox. Automatic: only if the server does not file sent mail itself.',
      '/timeoutSeconds':
        'How long to wait for a reply of the mail server before the attempt is aborted. Example: 0.5 = 30 seconds. The range is 5 seconds to 60 minutes.',
      '/smime/encrypt':
        'Encrypts outgoing mail with the certificates of the recipients. Your own certificate signs.',
      '/smime/certificateId':
        'Signs outgoing mail. Mail is always encrypted to this certificate as well, so that sent mail stays readable.',
      '/smime/gatewayCertificateId':
        'The recipient certificate of the gateway. Import it under “Recipient certificates”.',
      '/smime/contentEncryption': 'AES-256-GCM is newer. Older mail programs cannot read it.',
      '/smime/keyTransport':
        'For recipients with RSA keys. OAEP is newer. Older mail programs cannot read it.',
      '/smime/rsaSignature':
        'For certificates of yours with RSA keys. PSS is newer. Older mail programs cannot verify it.',
      '/smtp/clientCertificateId':
        'Only if the mail server requires a certificate for the connection. Not the same as the S/MIME certificate.',
      '/smtp/trustedCertificateId':
        'Your own CA, or the certificate of the server itself, if it was not issued by a public CA.',
      '/whenDisabled':
        'What happens to new mail while sending is off. Mail that was already accepted is always kept.',
      '/onUnknown':
        'If the connection breaks right after the handover, it is unclear whether the mail was accepted. Sending again may cause a duplicate. Default: hold with SMTP, check with the server with Exchange.',
      '/limits/preset':
        'How much the mail server allows. All mailers share these limits; mail beyond them waits.',
      '/limits/maxConnections': 'Empty: value of the preset.',
      '/limits/mailsPerMinute': 'Empty: value of the preset.',
      '/limits/recipientsPerDay': 'Empty: value of the preset.',
    },
    boxes: {
      '/smtp/allowCleartextAuthentication': 'Allow unencrypted sign-in',
      '/smime/sign': 'Sign outgoing mail',
    },
    choices: {
      '/serverType': { smtp: 'SMTP', exchange: 'Exchange' },
      '/smtp/authentication': { none: 'None', windows: 'Windows', password: 'Password' },
      '/smtp/windowsMechanism': {
        negotiate: 'Automatic (Kerberos)',
        kerberos: 'Kerberos only',
        ntlm: 'NTLM with a domain user',
      },
      '/smtp/encryption': {
        none: 'No encryption',
        starttls: 'STARTTLS (usually port 587)',
        implicit: 'TLS on connect (usually port 465)',
      },
      '/copyToSender': { off: 'No', bcc: 'Yes', auto: 'Automatic' },
      '/whenDisabled': { reject: 'Reject', hold: 'Accept and hold' },
      '/onUnknown': {
        '': 'Default',
        hold: 'Hold until someone decides',
        resend: 'Send again',
        reconcile: 'Check with the server',
      },
      '/limits/preset': { none: 'None', 'exchange-online': 'Exchange Online' },
      '/smime/contentEncryption': { 'aes-256-cbc': 'AES-256-CBC', 'aes-256-gcm': 'AES-256-GCM' },
      '/smime/keyTransport': { 'rsa-pkcs1': 'PKCS#1 v1.5', 'rsa-oaep': 'OAEP' },
      '/smime/rsaSignature': { pkcs1: 'PKCS#1 v1.5', pss: 'PSS' },
      '/smime/encrypt': {
        off: 'No',
        'when-possible': 'If all recipients have a certificate',
        required: 'Always (otherwise do not send)',
        gateway: 'Through an S/MIME gateway',
      },
    },
  },
});

export const serverTexts = texts({
  de: {
    intro:
      'Einstellungen für den Versand von E-Mails. Nach dem Speichern gelten sie sofort; ein Neustart ist nicht nötig.',
    connections: 'Exchange-Verbindungen verwalten',
    smtp: 'SMTP-Einstellungen',
    mail: 'E-Mails',
    more: 'Weitere Einstellungen',
    never: 'Noch nie gespeichert',
    savedBy: (version: number, who: string, when: string) =>
      `Version ${version}, gespeichert von ${who}, ${when}`,
    warnings:
      'Solange der Versand deaktiviert ist, werden die Angaben nicht geprüft. Zum Aktivieren fehlt noch:',
  },
  en: {
    intro: 'Settings for sending mail. Changes take effect immediately; no restart is needed.',
    connections: 'Manage Exchange connections',
    smtp: 'SMTP settings',
    mail: 'Mail',
    more: 'More settings',
    never: 'Never saved',
    savedBy: (version: number, who: string, when: string) => `Version ${version}, saved by ${who}, ${when}`,
    warnings:
      'While sending is disabled, settings are not validated. Still missing before it can be enabled:',
  },
});
