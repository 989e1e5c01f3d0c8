import { texts } from '../../i18n.ts';
import type { FieldTexts } from '../../parts/setting-values.ts';

/** The German labels are those of the page before this one. */
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
      '/smtp/clientCertificateId': 'Zertifikat auswählen',
      '/smtp/trustedCertificateId': 'Vertrauenswürdiges Zertifikat',
      '/senderAddress': 'Absenderadresse',
      '/senderAddress/name': 'Absendername',
      '/senderAddress/address': 'Absenderadresse',
      '/copyToSender': 'BCC an Absender',
      '/timeoutSeconds': 'Timeout (Minuten)',
      '/whenDisabled': 'Neue E-Mails, solange deaktiviert',
      '/onUnknown': 'Bei unklarem Ausgang',
      '/exchange/connectionId': 'Exchange Verbindung',
      '/smime/encrypt': 'S/MIME',
      '/smime/sign': 'S/MIME: signieren',
      '/smime/certificateId': 'S/MIME: eigenes Zertifikat',
      '/smime/gatewayCertificateId': 'S/MIME: Zertifikat des Gateways',
      '/smime/contentEncryption': 'S/MIME: Verfahren',
      '/smime/keyTransport': 'S/MIME: Schlüsseltransport (RSA)',
      '/smime/rsaSignature': 'S/MIME: Signatur (RSA)',
      '/limits/preset': 'Grenzen des Servers',
      '/limits/maxConnections': 'Verbindungen gleichzeitig',
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
        'Das Passwort zum Benutzernamen. Es wird beim Speichern versiegelt und nie wieder angezeigt.',
      '/smtp/encryption':
        'Ob und wie die Verbindung verschlüsselt wird. Das Zertifikat des Servers wird immer geprüft; klappt die Verschlüsselung nicht, wird nicht gesendet.',
      '/smtp/allowCleartextAuthentication':
        'Nur für abgeschottete Netze: Anmeldung und E-Mails sind unterwegs für andere lesbar.',
      '/exchange/connectionId':
        'Über welche Exchange-Verbindung gesendet wird. E-Mail, Client-ID, Mandant-ID und Clientschlüssel stehen in der Verbindung.',
      '/senderAddress/address':
        'Diese Adresse sehen die Empfänger, wenn eine E-Mail keine eigene mitbringt. Abteilungen und Personen können weitere haben.',
      '/senderAddress/name': 'Name, der vor der Adresse steht. Freiwillig.',
      '/copyToSender':
        'Schickt jede E-Mail zusätzlich unsichtbar (BCC) an ihren Absender, damit sie in dessen Mailprogramm liegt. Automatisch lässt das weg, wo der Server gesendete E-Mails selbst ablegt.',
      '/timeoutSeconds':
        'So lange darf der Mailserver schweigen, bevor ein Versuch abgebrochen wird. 0,5 sind 30 Sekunden; möglich sind 5 Sekunden bis 60 Minuten.',
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
        'Bricht die Verbindung nach dem letzten Zeichen ab, weiß niemand, ob die E-Mail ankam. Noch einmal senden kann sie verdoppeln.',
      '/limits/preset':
        'Wie viel der Mailserver zulässt. Alle Mailer halten sich gemeinsam daran; was darüber hinausgeht, wartet.',
      '/limits/maxConnections': 'Leer lassen für die Grenze der Vorgabe.',
      '/limits/mailsPerMinute': 'Leer lassen für die Grenze der Vorgabe.',
      '/limits/recipientsPerDay': 'Leer lassen für die Grenze der Vorgabe.',
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
        starttls: 'STARTTLS (üblich mit Port 587)',
        implicit: 'TLS von Anfang an (üblich mit Port 465)',
      },
      '/copyToSender': { off: 'Nein', bcc: 'Ja', auto: 'Automatisch' },
      '/whenDisabled': { reject: 'Ablehnen', hold: 'Annehmen und zurückhalten' },
      '/onUnknown': {
        '': 'Wie vorgesehen',
        hold: 'Zurückhalten, bis jemand entscheidet',
        resend: 'Noch einmal senden',
        reconcile: 'Beim Server nachsehen',
      },
      '/limits/preset': { none: 'Keine', 'exchange-online': 'Exchange Online' },
      '/smime/contentEncryption': { 'aes-256-cbc': 'AES-256-CBC', 'aes-256-gcm': 'AES-256-GCM' },
      '/smime/keyTransport': { 'rsa-pkcs1': 'PKCS#1 v1.5', 'rsa-oaep': 'OAEP' },
      '/smime/rsaSignature': { pkcs1: 'PKCS#1 v1.5', pss: 'PSS' },
      '/smime/encrypt': {
        off: 'Nein',
        'when-possible': 'Wenn für alle ein Zertifikat da ist',
        required: 'Immer, sonst nicht senden',
        gateway: 'Für ein Gateway',
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
      '/smtp/windowsMechanism': 'Sign-in by',
      '/smtp/servicePrincipal': 'Service principal',
      '/smtp/encryption': 'TLS',
      '/smtp/allowCleartextAuthentication': 'Sign-in without encryption',
      '/smtp/clientCertificateId': 'Choose certificate',
      '/smtp/trustedCertificateId': 'Trusted certificate',
      '/senderAddress': 'Sender address',
      '/senderAddress/name': 'Sender name',
      '/senderAddress/address': 'Sender address',
      '/copyToSender': 'BCC to sender',
      '/timeoutSeconds': 'Timeout (minutes)',
      '/whenDisabled': 'New mail while disabled',
      '/onUnknown': 'When the outcome is unclear',
      '/exchange/connectionId': 'Exchange connection',
      '/smime/encrypt': 'S/MIME',
      '/smime/sign': 'S/MIME: sign',
      '/smime/certificateId': 'S/MIME: your certificate',
      '/smime/gatewayCertificateId': 'S/MIME: gateway certificate',
      '/smime/contentEncryption': 'S/MIME: algorithm',
      '/smime/keyTransport': 'S/MIME: key transport (RSA)',
      '/smime/rsaSignature': 'S/MIME: signature (RSA)',
      '/limits/preset': 'Limits of the server',
      '/limits/maxConnections': 'Connections at one time',
      '/limits/mailsPerMinute': 'Mails per minute',
      '/limits/recipientsPerDay': 'Recipients per day',
    },
    help: {
      '/enabled':
        'Switches sending on or off. While it is off, what you enter is saved without being checked; what is still missing shows as a note at its field.',
      '/serverType':
        'What mail is sent through. For SMTP with OAuth choose Exchange; the connection then decides how to sign in. What was entered for the other type is kept.',
      '/smtp/authentication':
        'How the service signs in at the mail server: not at all, with its own Windows account (Kerberos or NTLM), or with user name and password.',
      '/smtp/hostname': 'Name or IP address of the mail server, for example mail.company.com.',
      '/smtp/port': 'The port the mail server listens on. Leave it empty for the usual port.',
      '/smtp/username':
        'The account the service signs in with. It needs the right “Send as” for every sender that mail is sent for. For NTLM: the domain user, as DOMAIN\\user or user@domain.',
      '/smtp/windowsMechanism':
        'Automatic is right as a rule: the service signs in with its own account (Kerberos). NTLM is for servers that know nothing else.',
      '/smtp/servicePrincipal':
        'Service principal (SPN) of the mail server. Leave it empty for the usual one.',
      '/smtp/password': 'The password of the account. It is sealed when you save, and never shown again.',
      '/smtp/encryption':
        'Whether and how the connection is encrypted. The certificate of the server is always checked; if encryption fails, nothing is sent.',
      '/smtp/allowCleartextAuthentication':
        'For closed networks only: others can read the sign-in and the mail on their way.',
      '/exchange/connectionId':
        'The Exchange connection that mail is sent through. E-mail, client ID, tenant ID and client secret stand in the connection.',
      '/senderAddress/address':
        'Recipients see this address when a mail brings none of its own. Departments and people can have others.',
      '/senderAddress/name': 'Name before the address. Optional.',
      '/copyToSender':
        'Sends each mail invisibly (BCC) to its sender as well, so that it is in their mail program. Automatic leaves that out where the server files sent mail itself.',
      '/timeoutSeconds':
        'How long the mail server may keep silent before an attempt is given up. 0.5 is 30 seconds; 5 seconds to 60 minutes are possible.',
      '/smime/encrypt':
        'Encrypts outgoing mail with the certificates of its recipients. It is signed with our own certificate.',
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
        'Only if the mail server asks for a certificate on connecting. Not the same as the certificate for S/MIME.',
      '/smtp/trustedCertificateId':
        'An authority of your own, or the certificate of the server itself, if it does not come from a public authority.',
      '/whenDisabled':
        'What becomes of new mail while sending is off. What was accepted already is kept in any case.',
      '/onUnknown':
        'If the connection breaks after the last character, nobody knows whether the mail arrived. Sending again may double it.',
      '/limits/preset':
        'How much the mail server allows. All mailers keep to it together; what goes beyond it waits.',
      '/limits/maxConnections': 'Leave it empty for the limit of the preset.',
      '/limits/mailsPerMinute': 'Leave it empty for the limit of the preset.',
      '/limits/recipientsPerDay': 'Leave it empty for the limit of the preset.',
    },
    boxes: {
      '/smtp/allowCleartextAuthentication': 'Sign in without encryption all the same',
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
        starttls: 'STARTTLS (usual with port 587)',
        implicit: 'TLS from the start (usual with port 465)',
      },
      '/copyToSender': { off: 'No', bcc: 'Yes', auto: 'Automatic' },
      '/whenDisabled': { reject: 'Refuse', hold: 'Accept and hold' },
      '/onUnknown': {
        '': 'As intended',
        hold: 'Hold until somebody decides',
        resend: 'Send again',
        reconcile: 'Look it up at the server',
      },
      '/limits/preset': { none: 'None', 'exchange-online': 'Exchange Online' },
      '/smime/contentEncryption': { 'aes-256-cbc': 'AES-256-CBC', 'aes-256-gcm': 'AES-256-GCM' },
      '/smime/keyTransport': { 'rsa-pkcs1': 'PKCS#1 v1.5', 'rsa-oaep': 'OAEP' },
      '/smime/rsaSignature': { pkcs1: 'PKCS#1 v1.5', pss: 'PSS' },
      '/smime/encrypt': {
        off: 'No',
        'when-possible': 'If there is a certificate for all',
        required: 'Always, or do not send',
        gateway: 'For a gateway',
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
    intro: 'Settings for sending mail. They count as soon as they are saved; no restart is needed.',
    connections: 'Manage Exchange connections',
    smtp: 'SMTP settings',
    mail: 'Mail',
    more: 'Further settings',
    never: 'Never saved',
    savedBy: (version: number, who: string, when: string) => `Version ${version}, saved by ${who}, ${when}`,
    warnings: 'While sending is off, nothing is checked. What is missing before it can be switched on:',
  },
});
