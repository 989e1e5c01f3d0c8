import { hint as text } from '../schemas.ts';
import type { exchangeConnectionFields } from './exchange-connection.ts';
import type { TextsOf } from './form.ts';

/** What people read about the fields of an Exchange connection. */
export const exchangeConnectionTexts: TextsOf<typeof exchangeConnectionFields> = {
  '/name': {
    label: text('Name', 'Name'),
    help: text(
      'A name for the connection, for example after its purpose.',
      'Wie die Verbindung hier heißt, zum Beispiel nach ihrem Zweck.',
    ),
  },
  '/email': {
    label: text('E-mail (sender address)', 'E-Mail (Absenderadresse)'),
    help: text('The mailbox that mail is sent through.', 'Das Postfach, über das gesendet wird.'),
  },
  '/protocol': {
    label: text('Protocol', 'Protokoll'),
    help: text(
      'Use Microsoft Graph for Exchange Online, and EWS for on-premises Exchange.',
      'Microsoft Graph ist für Exchange Online der vorgesehene Weg. EWS ist für eigene Exchange-Server.',
    ),
    choices: {
      graph: text('Microsoft Graph', 'Microsoft Graph'),
      'smtp-oauth': text('SMTP with OAuth', 'SMTP mit OAuth'),
      ews: text('EWS', 'EWS'),
    },
  },
  '/authentication': {
    label: text('Authentication', 'Authentifizierungsart'),
    help: text(
      'Only EWS on an on-premises server supports anything but OAuth.',
      'Alles außer OAuth gibt es nur mit EWS auf einem eigenen Server.',
    ),
    choices: {
      oauth: text('OAuth', 'OAuth'),
      basic: text('User name and password', 'Benutzername und Passwort'),
      ntlm: text('NTLM', 'NTLM'),
      negotiate: text('Kerberos', 'Kerberos'),
    },
  },
  '/ewsUrl': {
    label: text('EWS address', 'EWS-Adresse'),
    help: text(
      'For example https://mail.company.com/EWS/Exchange.asmx.',
      'Zum Beispiel https://mail.firma.de/EWS/Exchange.asmx.',
    ),
  },
  '/cloud': {
    label: text('Cloud', 'Cloud'),
    help: text('Determines the authority and the addresses.', 'Wessen Anmeldestelle und Adressen gelten.'),
    choices: {
      global: text('Worldwide', 'Weltweit'),
      'us-government': text('US government', 'US-Regierung'),
      'us-government-dod': text('US defense', 'US-Verteidigung'),
      china: text('China', 'China'),
      custom: text('Custom addresses', 'Eigene Adressen'),
    },
  },
  '/tenantId': {
    label: text('Tenant ID', 'Mandant-ID (TenantId)'),
    help: text(
      'ID of your directory in Microsoft Entra.',
      'Kennung Ihres Verzeichnisses in Microsoft Entra.',
    ),
  },
  '/clientId': {
    label: text('Client ID', 'Client-ID'),
    help: text(
      'ID of the application that is registered in Microsoft Entra.',
      'Kennung der Anwendung, die in Microsoft Entra registriert ist.',
    ),
  },
  '/clientSecret': {
    label: text('Client secret', 'Clientschlüssel (Client Secret)'),
    help: text(
      'The secret of the application. It is sealed and never shown again.',
      'Das Geheimnis der Anwendung. Es wird versiegelt und nie wieder angezeigt.',
    ),
  },
  '/clientSecretExpiresAt': {
    label: text('Client secret expires on', 'Clientschlüssel läuft ab am'),
    help: text(
      'Microsoft Entra shows the date when you create the secret. You are reminded in time.',
      'Microsoft Entra nennt das Datum beim Erzeugen. Wir erinnern rechtzeitig.',
    ),
  },
  '/clientCertificateId': {
    label: text('Select certificate', 'Zertifikat auswählen'),
    help: text(
      'Instead of the client secret: your own RSA certificate that is registered in Microsoft Entra.',
      'Statt des Clientschlüssels: ein eigenes RSA-Zertifikat, das in Microsoft Entra hinterlegt ist.',
    ),
  },
  '/username': {
    label: text('User name', 'Benutzername'),
    help: text(
      'Account on the Exchange server; for NTLM also as DOMAIN\\user.',
      'Konto am Exchange-Server, bei NTLM auch als DOMÄNE\\Benutzer.',
    ),
  },
  '/password': {
    label: text('Password', 'Passwort'),
    help: text(
      'The password of the account. It is sealed and never shown again.',
      'Das Passwort zum Konto. Es wird versiegelt und nie wieder angezeigt.',
    ),
  },
  '/servicePrincipal': {
    label: text('Service principal (SPN)', 'Dienstprinzipal (SPN)'),
    help: text(
      'Leave empty for HTTP/ and the host name of the EWS address.',
      'Leer lassen für HTTP/ und den Namen aus der EWS-Adresse.',
    ),
  },
  '/authorityUrl': {
    label: text('Authority', 'Anmeldestelle (Authority)'),
    help: text('Address where tokens are requested.', 'Adresse, bei der das Token geholt wird.'),
  },
  '/graphUrl': {
    label: text('Graph address', 'Graph-Adresse'),
    help: text('Address of Microsoft Graph in this cloud.', 'Adresse von Microsoft Graph in dieser Cloud.'),
  },
  '/smtpHostname': {
    label: text('SMTP server', 'SMTP-Server'),
    help: text('Leave empty for the one of the cloud.', 'Leer lassen für den der Cloud.'),
  },
  '/smtpPort': {
    label: text('SMTP port', 'SMTP-Port'),
    help: text('Leave empty for 587.', 'Leer lassen für 587.'),
  },
  '/scope': {
    label: text('Scope', 'Scope'),
    help: text(
      'What the token is valid for. Leave empty for what follows from the addresses.',
      'Wofür das Token gilt. Leer lassen für das, was aus den Adressen folgt.',
    ),
  },
  '/trustedCertificateId': {
    label: text('Trusted certificate', 'Vertrauenswürdiges Zertifikat'),
    help: text(
      'Your own certification authority, or the certificate of the Exchange server itself, if no public authority issued it. It does not apply to the authority for tokens.',
      'Eigene Zertifizierungsstelle oder das Zertifikat des Exchange-Servers selbst, wenn es nicht von einer öffentlichen Stelle kommt. Gilt nicht für die Anmeldestelle.',
    ),
  },
  '/impersonation': {
    label: text('Impersonation', 'Identitätswechsel'),
    statement: text('Act as the mailbox above', 'Als das Postfach oben handeln'),
  },
  '/saveSentCopy': {
    label: text('Copy in “Sent Items”', 'Kopie in „Gesendete Elemente“'),
    statement: text('Save sent mail there', 'Gesendete E-Mails dort ablegen'),
  },
};
