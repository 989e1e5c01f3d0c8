import { hint as text } from '../schemas.ts';
import type { exchangeConnectionFields } from './exchange-connection.ts';
import type { TextsOf } from './form.ts';

/** What people read about the fields of an Exchange connection. */
export const exchangeConnectionTexts: TextsOf<typeof exchangeConnectionFields> = {
  '/name': {
    label: text('Name', 'Name'),
    help: text(
      'A name for this connection, for example its purpose.',
      'Wie die Verbindung hier heißt, zum Beispiel nach ihrem Zweck.',
    ),
  },
  '/email': {
    label: text('Email (sender address)', 'E-Mail (Absenderadresse)'),
    help: text('The mailbox that mail is sent through.', 'Das Postfach, über das gesendet wird.'),
  },
  '/protocol': {
    label: text('Protocol', 'Protokoll'),
    help: text(
      'Microsoft Graph is the recommended protocol for Exchange Online. EWS is for on-premises Exchange.',
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
      'All methods except OAuth require EWS on an on-premises server.',
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
    label: text('EWS URL', 'EWS-Adresse'),
    help: text(
      'For example https://mail.company.com/EWS/Exchange.asmx.',
      'Zum Beispiel https://mail.firma.de/EWS/Exchange.asmx.',
    ),
  },
  '/cloud': {
    label: text('Cloud', 'Cloud'),
    help: text('The Microsoft cloud of your tenant.', 'In welcher Microsoft-Cloud Ihr Mandant liegt.'),
    choices: {
      global: text('Microsoft 365 (default)', 'Microsoft 365 (Standard)'),
      'us-government': text('US government', 'US-Regierung'),
      'us-government-dod': text('US Department of Defense (DoD)', 'US-Verteidigungsministerium (DoD)'),
      china: text('China', 'China'),
      custom: text('Custom endpoints', 'Benutzerdefiniert'),
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
      'The value of the client secret (not its ID). It is stored encrypted and never shown again.',
      'Wert des Clientschlüssels (nicht die ID). Wird verschlüsselt gespeichert und nie wieder angezeigt.',
    ),
  },
  '/clientSecretExpiresAt': {
    label: text('Client secret expires on', 'Clientschlüssel läuft ab am'),
    help: text(
      'Microsoft Entra shows the date when you create the secret. You get a reminder 60, 30, 7 and 1 days before.',
      'Microsoft Entra nennt das Datum beim Erzeugen. 60, 30, 7 und 1 Tag vorher erscheint ein Hinweis.',
    ),
  },
  '/clientCertificateId': {
    label: text('Client certificate', 'Clientzertifikat'),
    help: text(
      'Instead of the client secret: one of your RSA certificates that was uploaded to Microsoft Entra.',
      'Statt des Clientschlüssels: ein eigenes RSA-Zertifikat, das in Microsoft Entra hinterlegt ist.',
    ),
  },
  '/identityGrant': {
    label: text('Use of the identity allowed', 'Verwendung der Identität erlaubt'),
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
      'The password of the account. It is stored encrypted and never shown again.',
      'Das Passwort zum Konto. Wird verschlüsselt gespeichert und nie wieder angezeigt.',
    ),
  },
  '/servicePrincipal': {
    label: text('Service principal name (SPN)', 'Dienstprinzipalname (SPN)'),
    help: text(
      'Leave empty for HTTP/ and the host of the EWS URL. Another host must be allowed by the operator.',
      'Leer lassen für HTTP/ und den Namen aus der EWS-Adresse. Einen anderen Host muss der Betreiber erlauben.',
    ),
  },
  '/authorityUrl': {
    label: text('Authority', 'Anmeldestelle (Authority)'),
    help: text('URL that the token is requested from.', 'Adresse, bei der das Token abgerufen wird.'),
  },
  '/graphUrl': {
    label: text('Graph URL', 'Graph-Adresse'),
    help: text('URL of Microsoft Graph in this cloud.', 'Adresse von Microsoft Graph in dieser Cloud.'),
  },
  '/smtpHostname': {
    label: text('SMTP server', 'SMTP-Server'),
    help: text('Leave empty for the server of the cloud.', 'Leer lassen für den der Cloud.'),
  },
  '/smtpPort': {
    label: text('SMTP port', 'SMTP-Port'),
    help: text('Leave empty for the usual port.', 'Leer lassen für den üblichen Port.'),
    placeholder: '587',
  },
  '/scope': {
    label: text('Scope', 'Scope'),
    help: text(
      'What the token is valid for. Leave empty to derive it from the URLs.',
      'Wofür das Token gilt. Leer lassen für das, was aus den Adressen folgt.',
    ),
  },
  '/trustedCertificateId': {
    label: text('Trusted certificate', 'Vertrauenswürdiges Zertifikat'),
    help: text(
      'Your own CA, or the certificate of the Exchange server itself, if it was not issued by a public CA. Not ' +
        'used for the authority.',
      'Eigene Zertifizierungsstelle oder das Zertifikat des Exchange-Servers selbst, wenn es nicht von einer ' +
        'öffentlichen Stelle kommt. Gilt nicht für die Anmeldestelle.',
    ),
  },
  '/impersonation': {
    label: text('Impersonation', 'Identitätswechsel (Impersonation)'),
    statement: text('Send on behalf of the mailbox', 'Im Namen des Postfachs senden'),
  },
  '/saveSentCopy': {
    label: text('Copy in “Sent Items”', 'Kopie in „Gesendete Elemente“'),
    statement: text('File sent mail there', 'Gesendete E-Mails dort ablegen'),
  },
};
