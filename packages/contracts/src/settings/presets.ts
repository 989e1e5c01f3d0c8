/*
 * Where a mail server is set up from: providers, and what is known of their servers. `sources` names pages of the
 * vendors about them. A preset is a proposal: it is copied into the settings, and changes nothing afterwards.
 */
import { type Static, Type } from '@sinclair/typebox';
import { hint as text, LocalizedTextSchema, NamedObject, Nullable, StringEnum } from '../schemas.ts';
import { exchangeConnectionFields } from './exchange-connection.ts';
import { outgoingServerFields } from './outgoing-server.ts';

const presetIds = [
  'microsoft-365',
  'exchange-on-premises',
  'ionos',
  'strato',
  'telekom',
  'gmx',
  'web-de',
  'google-relay',
  'gmail',
  'own',
  'test-mailbox',
] as const;

const { hostname, port, encryption, authentication } = outgoingServerFields.smtp.fields;
const { preset, maxConnections, mailsPerMinute, recipientsPerDay } = outgoingServerFields.limits.fields;
const { protocol, cloud, authentication: exchangeAuthentication } = exchangeConnectionFields;

/** A provider, and the settings that its server needs. */
export const ServerPresetSchema = NamedObject('ServerPreset', {
  id: StringEnum(presetIds),
  name: LocalizedTextSchema,
  serverType: outgoingServerFields.serverType.schema,
  smtp: Nullable(
    Type.Object({
      hostname: hostname.schema,
      port: port.schema,
      encryption: encryption.schema,
      authentication: authentication.schema,
    }),
    { description: 'With the server type smtp: what `smtp` of the settings gets' },
  ),
  connection: Nullable(
    Type.Object({
      protocol: protocol.schema,
      authentication: exchangeAuthentication.schema,
      cloud: cloud.schema,
    }),
    { description: 'With the server type exchange: what the Exchange connection gets' },
  ),
  limits: Type.Object(
    {
      preset: preset.schema,
      maxConnections: maxConnections.schema,
      mailsPerMinute: mailsPerMinute.schema,
      recipientsPerDay: recipientsPerDay.schema,
    },
    { description: 'What `limits` of the settings gets: limits that the vendor has announced' },
  ),
  asks: Type.Array(Type.String(), {
    description:
      'JSON pointers of the fields that a person fills in: of the Exchange connection with the server type ' +
      'exchange, else of ' +
      'the settings',
    examples: [['/smtp/username', '/smtp/password']],
  }),
  needs: LocalizedTextSchema,
  sources: Type.Array(Type.String(), {
    description: 'Pages of the vendor about it',
    examples: [['https://www.strato.de/faq/mail/']],
  }),
});
export type ServerPreset = Static<typeof ServerPresetSchema>;

export const ServerPresetListSchema = NamedObject('ServerPresetList', {
  items: Type.Array(ServerPresetSchema),
});

const unlimited: ServerPreset['limits'] = {
  preset: 'none',
  maxConnections: null,
  mailsPerMinute: null,
  recipientsPerDay: null,
};

interface Mailbox extends Pick<ServerPreset, 'id' | 'name' | 'needs' | 'sources'> {
  readonly hostname: string;
  readonly limits?: ServerPreset['limits'];
}

const byPassword = ['/smtp/username', '/smtp/password'];

/** A mailbox whose provider takes mail with STARTTLS on port 587, after a sign-in with a password. */
const mailbox = ({ hostname: host, limits = unlimited, ...known }: Mailbox): ServerPreset => ({
  ...known,
  serverType: 'smtp',
  smtp: { hostname: host, port: 587, encryption: 'starttls', authentication: 'password' },
  connection: null,
  limits,
  asks: byPassword,
});

const microsoft: readonly ServerPreset[] = [
  {
    id: 'microsoft-365',
    name: text('Microsoft 365 (Microsoft Graph)', 'Microsoft 365 (Microsoft Graph)'),
    serverType: 'exchange',
    smtp: null,
    connection: { protocol: 'graph', authentication: 'oauth', cloud: 'global' },
    limits: { ...unlimited, preset: 'exchange-online' },
    asks: [
      '/email',
      '/tenantId',
      '/clientId',
      '/clientSecret',
      '/clientSecretExpiresAt',
      '/clientCertificateId',
    ],
    needs: text(
      'In Microsoft Entra, register an application with the application permission Mail.Send of Microsoft Graph, ' +
        'grant admin ' +
        'consent, and create a client secret.',
      'Registrieren Sie in Microsoft Entra eine Anwendung mit der Anwendungsberechtigung Mail.Send von Microsoft ' +
        'Graph, erteilen ' +
        'Sie die Administratorzustimmung und erstellen Sie einen Clientschlüssel.',
    ),
    sources: [
      'https://learn.microsoft.com/graph/api/user-sendmail',
      'https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits#sending-limits-1',
    ],
  },
  {
    id: 'exchange-on-premises',
    name: text('On-premises Exchange (EWS)', 'Exchange im eigenen Haus (EWS)'),
    serverType: 'exchange',
    smtp: null,
    connection: { protocol: 'ews', authentication: 'ntlm', cloud: 'global' },
    limits: unlimited,
    asks: ['/email', '/authentication', '/ewsUrl', '/username', '/password', '/trustedCertificateId'],
    needs: text(
      'An account with a mailbox. The EWS address usually ends with /EWS/Exchange.asmx.',
      'Ein Konto mit Postfach. Die EWS-Adresse endet üblicherweise mit /EWS/Exchange.asmx.',
    ),
    sources: [
      'https://learn.microsoft.com/exchange/client-developer/exchange-web-services/authentication-and-ews-in-exchange',
    ],
  },
];

const german: readonly ServerPreset[] = [
  mailbox({
    id: 'ionos',
    name: text('IONOS', 'IONOS'),
    hostname: 'smtp.ionos.de',
    needs: text(
      'The user name is the mail address, the password that of the mailbox. How much may be sent per hour ' +
        'depends on the age ' +
        'of the contract.',
      'Der Benutzername ist die E-Mail-Adresse, das Passwort das des Postfachs. Wie viel pro Stunde gesendet ' +
        'werden darf, hängt ' +
        'vom Alter des Vertrags ab.',
    ),
    sources: [
      'https://www.ionos.de/hilfe/index.php?id=2490',
      'https://www.ionos.de/hilfe/e-mail/allgemeine-themen/welche-beschraenkungen-gibt-es-beim-versand-von-massenmails/',
    ],
  }),
  mailbox({
    id: 'strato',
    name: text('Strato', 'Strato'),
    hostname: 'smtp.strato.de',
    needs: text(
      'The user name is the mail address, the password that of the mailbox.',
      'Der Benutzername ist die E-Mail-Adresse, das Passwort das des Postfachs.',
    ),
    sources: ['https://www.strato.de/faq/mail/externes-e-mail-programm-mit-strato-e-mail-adresse-nutzen/'],
  }),
  mailbox({
    id: 'telekom',
    name: text('Telekom (T-Online)', 'Telekom (T-Online)'),
    hostname: 'securesmtp.t-online.de',
    needs: text(
      'The customer center of Telekom has a password for mail programs of its own (“E-Mail-Passwort”). Set it ' +
        'and use it here: ' +
        'the password of the website does not work. The user name is the mail address.',
      'Im Kundencenter der Telekom gibt es ein eigenes Passwort für E-Mail-Programme („E-Mail-Passwort“). ' +
        'Richten Sie es ein und ' +
        'verwenden Sie es hier: Das Passwort der Website funktioniert nicht. Der Benutzername ist die E-Mail-Adresse.',
    ),
    sources: [
      'https://www.telekom.de/hilfe/apps-dienste/e-mail/einstellungen/posteingang-postausgang-server',
      'https://www.telekom.de/hilfe/apps-dienste/e-mail/programme/passwort-verwalten',
    ],
  }),
  mailbox({
    id: 'gmx',
    name: text('GMX', 'GMX'),
    hostname: 'mail.gmx.net',
    needs: text(
      'Once, allow access by POP3 and IMAP in the mail settings of the account: it also switches sending on. The ' +
        'user name is ' +
        'the mail address.',
      'Erlauben Sie einmalig in den E-Mail-Einstellungen des Kontos den Zugriff über POP3 und IMAP: Erst damit ' +
        'ist auch das Senden ' +
        'möglich. Der Benutzername ist die E-Mail-Adresse.',
    ),
    sources: [
      'https://hilfe.gmx.net/pop-imap/imap/imap-serverdaten.html',
      'https://hilfe.gmx.net/pop-imap/einschalten.html',
      'https://www.gmx.net/mail/tipps/posts/pop3-imap/36/',
    ],
  }),
  mailbox({
    id: 'web-de',
    name: text('WEB.DE', 'WEB.DE'),
    hostname: 'smtp.web.de',
    needs: text(
      'Once, allow access by POP3 and IMAP in the mail settings of the account: it also switches sending on.',
      'Erlauben Sie einmalig in den E-Mail-Einstellungen des Kontos den Zugriff über POP3 und IMAP: Erst damit ' +
        'ist auch das Senden ' +
        'möglich.',
    ),
    sources: [
      'https://hilfe.web.de/pop-imap/imap/imap-serverdaten.html',
      'https://hilfe.web.de/pop-imap/einschalten.html',
    ],
  }),
];

const google: readonly ServerPreset[] = [
  {
    id: 'google-relay',
    name: text('Google Workspace (SMTP relay)', 'Google Workspace (SMTP-Relay)'),
    serverType: 'smtp',
    smtp: {
      hostname: 'smtp-relay.gmail.com',
      port: 587,
      encryption: 'starttls',
      authentication: 'none',
    },
    connection: null,
    limits: { ...unlimited, recipientsPerDay: 10_000 },
    asks: ['/smtp/authentication', ...byPassword],
    needs: text(
      'In the admin console of Google Workspace, allow the public IP address of this service for the SMTP relay ' +
        'service. It ' +
        'needs no sign-in then. Each user may relay to 10,000 recipients a day.',
      'Erlauben Sie in der Admin-Konsole von Google Workspace die öffentliche IP-Adresse dieses Dienstes für den ' +
        'SMTP-Relay-Dienst. ' +
        'Dann ist keine Anmeldung nötig. Jeder Nutzer darf an 10.000 Empfänger am Tag senden.',
    ),
    sources: ['https://support.google.com/a/answer/2956491'],
  },
  mailbox({
    id: 'gmail',
    name: text('Google (smtp.gmail.com)', 'Google (smtp.gmail.com)'),
    hostname: 'smtp.gmail.com',
    limits: { ...unlimited, recipientsPerDay: 2_000 },
    needs: text(
      'Turn on 2-Step Verification for the account, then create an app password and use it here. Google ' +
        'Workspace accounts may ' +
        'send 2,000 mails a day.',
      'Schalten Sie für das Konto die Bestätigung in zwei Schritten ein, erstellen Sie dann ein App-Passwort und ' +
        'verwenden Sie es ' +
        'hier. Konten von Google Workspace dürfen 2.000 E-Mails am Tag senden.',
    ),
    sources: [
      'https://support.google.com/a/answer/176600',
      'https://support.google.com/accounts/answer/185833',
      'https://support.google.com/a/answer/166852',
    ],
  }),
];

const others: readonly ServerPreset[] = [
  {
    id: 'own',
    name: text('Other mail server', 'Anderer Mailserver'),
    serverType: 'smtp',
    smtp: { hostname: null, port: null, encryption: 'starttls', authentication: 'password' },
    connection: null,
    limits: unlimited,
    asks: [
      '/smtp/hostname',
      '/smtp/port',
      '/smtp/encryption',
      '/smtp/authentication',
      '/smtp/windowsMechanism',
      ...byPassword,
      '/smtp/clientCertificateId',
      '/smtp/trustedCertificateId',
    ],
    needs: text(
      'Ask the administrator of the mail server for its host name, the encryption, and the account that may send.',
      'Fragen Sie die Administratoren des Mailservers nach dem Hostnamen, der Verschlüsselung und dem Konto, das senden darf.',
    ),
    sources: [],
  },
  {
    id: 'test-mailbox',
    name: text('Test mailbox', 'Testpostfach'),
    serverType: 'test-mailbox',
    smtp: null,
    connection: null,
    limits: unlimited,
    asks: [],
    needs: text(
      'Nothing. Mail is only shown here and delivered to nobody.',
      'Nichts. E-Mails werden nur hier angezeigt und niemandem zugestellt.',
    ),
    sources: [],
  },
];

/** In the order in which they are offered. */
export const serverPresets: readonly ServerPreset[] = [...microsoft, ...german, ...google, ...others];
