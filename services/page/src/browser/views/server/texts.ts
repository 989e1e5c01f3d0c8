import { texts } from '../../i18n.ts';

/** Inline help: what the seed explained, in our words, and what has become different. */
export const help = texts({
  de: {
    enabled:
      'Schaltet den Versand ein oder aus. Solange er aus ist, werden die Angaben gespeichert, ohne sie zu prüfen; was noch fehlt, steht als Hinweis am Feld.',
    serverType:
      'Worüber die E-Mails versendet werden. Für SMTP mit OAuth wählen Sie Exchange; die Verbindung legt dann die Anmeldung fest. Die Angaben des anderen Typs bleiben erhalten.',
    authentication:
      'Wie sich der Dienst am Mailserver anmeldet: gar nicht, mit seinem eigenen Windows-Konto (Kerberos oder NTLM) oder mit Benutzername und Passwort.',
    hostname: 'Name oder IP-Adresse des Mailservers, zum Beispiel mail.firma.de.',
    port: (port: string) =>
      `Über diesen Port ist der Mailserver erreichbar. Leer lassen für den üblichen: ${port}.`,
    username:
      'Das Benutzerkonto, mit dem sich der Dienst anmeldet. Es braucht das Recht „Senden als“ für alle Absender, in deren Namen gesendet wird.',
    domainUser: 'Der Domänenbenutzer, als DOMÄNE\\Benutzer oder benutzer@domäne.',
    windowsMechanism:
      'Automatisch ist meist richtig: Der Dienst meldet sich mit seinem eigenen Konto an (Kerberos). NTLM nur für Server, die nichts anderes können.',
    servicePrincipal: 'Dienstprinzipalname (SPN) des Mailservers. Leer lassen für den üblichen.',
    password: 'Das Passwort zum Benutzernamen. Es wird beim Speichern versiegelt und nie wieder angezeigt.',
    encryption:
      'Ob und wie die Verbindung verschlüsselt wird. Das Zertifikat des Servers wird immer geprüft; klappt die Verschlüsselung nicht, wird nicht gesendet.',
    cleartext: 'Nur für abgeschottete Netze: Anmeldung und E-Mails sind unterwegs für andere lesbar.',
    cleartextText: 'Trotzdem unverschlüsselt anmelden',
    sender:
      'Diese Adresse sehen die Empfänger, wenn eine E-Mail keine eigene mitbringt. Abteilungen und Personen können weitere haben.',
    senderName: 'Name, der vor der Adresse steht. Freiwillig.',
    copyToSender:
      'Schickt jede E-Mail zusätzlich unsichtbar (BCC) an ihren Absender, damit sie in dessen Mailprogramm liegt. Automatisch lässt das weg, wo der Server gesendete E-Mails selbst ablegt.',
    timeout:
      'So lange darf der Mailserver schweigen, bevor ein Versuch abgebrochen wird. 0,5 sind 30 Sekunden; möglich sind 5 Sekunden bis 60 Minuten.',
    smime:
      'Verschlüsselt ausgehende E-Mails mit den Zertifikaten der Empfänger. Signiert wird mit dem eigenen Zertifikat.',
    sign: 'Ausgehende E-Mails signieren',
    smimeCertificate: 'Eigenes Zertifikat zum Signieren, oder das des Gateways.',
    clientCertificate:
      'Nur wenn der Mailserver für die Verbindung ein Zertifikat verlangt. Nicht dasselbe wie das Zertifikat für S/MIME.',
    trustedCertificate:
      'Eigene Zertifizierungsstelle oder das Zertifikat des Servers selbst, wenn es nicht von einer öffentlichen Stelle kommt.',
    connection:
      'Über welche Exchange-Verbindung gesendet wird. E-Mail, Client-ID, Mandant-ID und Clientschlüssel stehen in der Verbindung.',
    whenDisabled:
      'Was mit neuen E-Mails geschieht, solange der Versand aus ist. Was schon angenommen wurde, bleibt in jedem Fall erhalten.',
    onUnknown:
      'Bricht die Verbindung nach dem letzten Zeichen ab, weiß niemand, ob die E-Mail ankam. Noch einmal senden kann sie verdoppeln.',
    limits:
      'Wie viel der Mailserver zulässt. Alle Mailer halten sich gemeinsam daran; was darüber hinausgeht, wartet.',
    limit: 'Leer lassen für die Grenze der Vorgabe.',
    none: 'Keines',
    unknownChoice: (id: string) => `${id} (nicht gefunden)`,
    newConnection: 'Exchange-Verbindungen verwalten',
  },
  en: {
    enabled:
      'Switches sending on or off. While it is off, what you enter is saved without being checked; what is still missing shows as a note at its field.',
    serverType:
      'What mail is sent through. For SMTP with OAuth choose Exchange; the connection then decides how to sign in. What was entered for the other type is kept.',
    authentication:
      'How the service signs in at the mail server: not at all, with its own Windows account (Kerberos or NTLM), or with user name and password.',
    hostname: 'Name or IP address of the mail server, for example mail.company.com.',
    port: (port: string) => `The port the mail server listens on. Leave it empty for the usual one: ${port}.`,
    username:
      'The account the service signs in with. It needs the right “Send as” for every sender that mail is sent for.',
    domainUser: 'The domain user, as DOMAIN\\user or user@domain.',
    windowsMechanism:
      'Automatic is right as a rule: the service signs in with its own account (Kerberos). NTLM is for servers that know nothing else.',
    servicePrincipal: 'Service principal (SPN) of the mail server. Leave it empty for the usual one.',
    password: 'The password of the account. It is sealed when you save, and never shown again.',
    encryption:
      'Whether and how the connection is encrypted. The certificate of the server is always checked; if encryption fails, nothing is sent.',
    cleartext: 'For closed networks only: others can read the sign-in and the mail on their way.',
    cleartextText: 'Sign in without encryption all the same',
    sender:
      'Recipients see this address when a mail brings none of its own. Departments and people can have others.',
    senderName: 'Name before the address. Optional.',
    copyToSender:
      'Sends each mail invisibly (BCC) to its sender as well, so that it is in their mail program. Automatic leaves that out where the server files sent mail itself.',
    timeout:
      'How long the mail server may keep silent before an attempt is given up. 0.5 is 30 seconds; 5 seconds to 60 minutes are possible.',
    smime:
      'Encrypts outgoing mail with the certificates of its recipients. It is signed with our own certificate.',
    sign: 'Sign outgoing mail',
    smimeCertificate: 'Our own certificate to sign with, or that of the gateway.',
    clientCertificate:
      'Only if the mail server asks for a certificate on connecting. Not the same as the certificate for S/MIME.',
    trustedCertificate:
      'An authority of your own, or the certificate of the server itself, if it does not come from a public authority.',
    connection:
      'The Exchange connection that mail is sent through. E-mail, client ID, tenant ID and client secret stand in the connection.',
    whenDisabled:
      'What becomes of new mail while sending is off. What was accepted already is kept in any case.',
    onUnknown:
      'If the connection breaks after the last character, nobody knows whether the mail arrived. Sending again may double it.',
    limits: 'How much the mail server allows. All mailers keep to it together; what goes beyond it waits.',
    limit: 'Leave it empty for the limit of the preset.',
    none: 'None',
    unknownChoice: (id: string) => `${id} (not found)`,
    newConnection: 'Manage Exchange connections',
  },
});

export const serverTexts = texts({
  de: {
    intro:
      'Einstellungen für den Versand von E-Mails. Nach dem Speichern gelten sie sofort; ein Neustart ist nicht nötig.',
    smtp: 'SMTP-Einstellungen',
    mail: 'E-Mails',
    more: 'Weitere Einstellungen',
    readOnly: 'Sie dürfen diese Einstellungen ansehen, aber nicht ändern.',
    never: 'Noch nie gespeichert',
    savedBy: (version: number, who: string, when: string) =>
      `Version ${version}, gespeichert von ${who}, ${when}`,
    draftRestored:
      'Ihre nicht gespeicherten Änderungen wurden wiederhergestellt. Passwörter müssen Sie erneut eingeben.',
    unsaved: (count: number) =>
      count === 1 ? '1 nicht gespeicherte Änderung' : `${count} nicht gespeicherte Änderungen`,
    noChanges: 'Keine Änderungen',
    discard: 'Verwerfen',
    othersSaved: (who: string, version: number) =>
      `${who} hat inzwischen Version ${version} gespeichert. Was Sie hier eingetragen haben, ist noch da.`,
    compare: 'Unterschiede ansehen',
    warnings:
      'Solange der Versand deaktiviert ist, werden die Angaben nicht geprüft. Zum Aktivieren fehlt noch:',
  },
  en: {
    intro: 'Settings for sending mail. They count as soon as they are saved; no restart is needed.',
    smtp: 'SMTP settings',
    mail: 'Mail',
    more: 'Further settings',
    readOnly: 'You may look at these settings, but not change them.',
    never: 'Never saved',
    savedBy: (version: number, who: string, when: string) => `Version ${version}, saved by ${who}, ${when}`,
    draftRestored: 'Your unsaved changes were restored. Passwords have to be entered again.',
    unsaved: (count: number) => (count === 1 ? '1 unsaved change' : `${count} unsaved changes`),
    noChanges: 'No changes',
    discard: 'Discard',
    othersSaved: (who: string, version: number) =>
      `${who} has saved version ${version} in the meantime. What you have entered here is still there.`,
    compare: 'Show the differences',
    warnings: 'While sending is off, nothing is checked. What is missing before it can be switched on:',
  },
});
