import { hint, type LocalizedText } from './schemas.ts';

/** What can go wrong with Exchange, its authority and the way there. They are failure codes like all others. */
export const exchangeFailureTexts = {
  'token-refused': hint(
    'The authority gave no token for Exchange. The detail names its code (AADSTS…).',
    'Die Anmeldestelle hat kein Token für Exchange ausgestellt. Das Detail nennt ihren Code (AADSTS…).',
  ),
  'client-secret-wrong': hint(
    'The authority does not accept the client secret. Enter its value, not its id.',
    'Die Anmeldestelle akzeptiert den Clientschlüssel nicht. Tragen Sie seinen Wert ein, nicht seine ID.',
  ),
  'client-secret-expired': hint(
    'The client secret has expired. Create a new one in Entra and enter it.',
    'Der Clientschlüssel ist abgelaufen. Erstellen Sie in Entra einen neuen und tragen Sie ihn ein.',
  ),
  'client-certificate-rejected': hint(
    'The authority does not accept the client certificate. Upload it to the app registration in Entra.',
    'Die Anmeldestelle akzeptiert das Clientzertifikat nicht. Hinterlegen Sie es in Entra bei der App-Registrierung.',
  ),
  'client-unknown': hint(
    'The tenant does not know this client id. Check it, and that the app belongs to this tenant.',
    'Der Mandant kennt diese Client-ID nicht. Prüfen Sie sie und ob die App zu diesem Mandanten gehört.',
  ),
  'tenant-unknown': hint(
    'There is no tenant with this id at this authority. Check the tenant id and the cloud.',
    'Bei dieser Anmeldestelle gibt es keinen Mandanten mit dieser ID. Prüfen Sie Mandanten-ID und Cloud.',
  ),
  'consent-missing': hint(
    'The app lacks the permission or the consent of an administrator. Grant it in Entra.',
    'Der App fehlt die Berechtigung oder die Zustimmung eines Administrators. Erteilen Sie sie in Entra.',
  ),
  'authority-unavailable': hint(
    'The authority that issues tokens did not answer properly. The mailer tries again.',
    'Die Anmeldestelle für Token hat nicht ordentlich geantwortet. Der Mailer versucht es wieder.',
  ),
  'token-rejected': hint(
    'The server does not accept the token. Check the permissions of the app, and for SMTP that the service principal is registered in Exchange.',
    'Der Server akzeptiert das Token nicht. Prüfen Sie die Berechtigungen der App, bei SMTP auch, ob der Dienstprinzipal in Exchange registriert ist.',
  ),
  'mailbox-unknown': hint(
    'There is no mailbox with this address. Check the mail address of the Exchange connection.',
    'Es gibt kein Postfach mit dieser Adresse. Prüfen Sie die E-Mail-Adresse der Exchange-Verbindung.',
  ),
  'permission-missing': hint(
    'The account may not send through this mailbox. Grant the app or the account the permission for it.',
    'Das Konto darf nicht über dieses Postfach senden. Erteilen Sie der App oder dem Konto die Berechtigung dafür.',
  ),
  'exchange-protocol-blocked': hint(
    'This server no longer takes EWS. Change the Exchange connection to Graph.',
    'Dieser Server nimmt EWS nicht mehr an. Stellen Sie die Exchange-Verbindung auf Graph um.',
  ),
  'not-an-exchange-server': hint(
    'What answers there is not Exchange. Check the address of the endpoint.',
    'Was dort antwortet, ist kein Exchange. Prüfen Sie die Adresse des Endpunkts.',
  ),
  'proxy-failed': hint(
    'The proxy did not connect to the server. Check EXCHANGE_PROXY.',
    'Der Proxy hat keine Verbindung zum Server hergestellt. Prüfen Sie EXCHANGE_PROXY.',
  ),
} as const satisfies Record<string, LocalizedText>;

/** What can go wrong with one mail. The other failures are about the server as a whole. */
export const mailFailureTexts = {
  'sender-refused': hint(
    'The server does not let this account send with this sender address.',
    'Der Server lässt dieses Konto nicht mit dieser Absenderadresse senden.',
  ),
  'recipient-refused': hint('The server refused the recipient.', 'Der Server hat den Empfänger abgelehnt.'),
  'relay-denied': hint(
    'The server does not relay to other domains for this client. Sign in, or have the address of the mailer allowed.',
    'Der Server leitet für diesen Client nicht an fremde Domains weiter. Melden Sie sich an oder lassen Sie die Adresse des Mailers zu.',
  ),
  'recipient-deferred': hint(
    'The server cannot take mail for this recipient at the moment (greylisting, full mailbox).',
    'Der Server kann für diesen Empfänger gerade nichts annehmen (Greylisting, volles Postfach).',
  ),
  'message-too-large': hint(
    'The message is larger than the server accepts.',
    'Die Nachricht ist größer, als der Server annimmt.',
  ),
  'message-refused': hint('The server refused the message.', 'Der Server hat die Nachricht abgelehnt.'),
  'message-deferred': hint(
    'The server cannot take the message at the moment.',
    'Der Server kann die Nachricht gerade nicht annehmen.',
  ),
  'smtputf8-unsupported': hint(
    'The address has letters outside of ASCII and the server does not support that (SMTPUTF8).',
    'Die Adresse enthält Zeichen außerhalb von ASCII, und der Server unterstützt das nicht (SMTPUTF8).',
  ),
  '8bitmime-unsupported': hint(
    'The message has 8-bit content and the server takes only 7-bit content (8BITMIME). Encode the message.',
    'Die Nachricht enthält 8-Bit-Inhalt, und der Server nimmt nur 7-Bit-Inhalt an (8BITMIME). Kodieren Sie die Nachricht.',
  ),
  'smime-recipient-certificate-missing': hint(
    'There is no valid certificate to encrypt to these recipients with. Import one, or do not require encryption.',
    'Für diese Empfänger gibt es kein gültiges Zertifikat zum Verschlüsseln. Importieren Sie eines, oder verlangen Sie keine Verschlüsselung.',
  ),
  'smime-sender-mismatch': hint(
    'The mail is to be signed, but the certificate is not for its sender address.',
    'Die E-Mail soll signiert werden, aber das Zertifikat gilt nicht für ihre Absenderadresse.',
  ),
  'smime-certificate-unusable': hint(
    'The S/MIME certificate of the settings has expired or cannot be opened. The mail waits until there is another.',
    'Das S/MIME-Zertifikat der Einstellungen ist abgelaufen oder lässt sich nicht öffnen. Die E-Mail wartet auf ein anderes.',
  ),
  'smime-too-large': hint(
    'Microsoft Graph takes large messages in parts only, and a signed or encrypted one cannot be taken apart. Send it by SMTP or EWS, with smaller attachments, or without S/MIME.',
    'Microsoft Graph nimmt große Nachrichten nur in Teilen an, und eine signierte oder verschlüsselte lässt sich nicht zerlegen. Senden Sie sie über SMTP oder EWS, mit kleineren Anhängen oder ohne S/MIME.',
  ),
  'message-uncomposable': hint(
    'The message could not be put together from the request.',
    'Die Nachricht ließ sich aus der Anforderung nicht erzeugen.',
  ),
  'content-unavailable': hint(
    'The store that holds the large attachments did not answer. The mailer tries again.',
    'Der Speicher der großen Anhänge hat nicht geantwortet. Der Mailer versucht es wieder.',
  ),
  timeout: hint(
    'The server stopped answering within the timeout.',
    'Der Server hat innerhalb des Timeouts nicht mehr geantwortet.',
  ),
  'unexpected-reply': hint(
    'The server answered something that is not in the protocol.',
    'Der Server hat etwas geantwortet, das im Protokoll nicht vorkommt.',
  ),
  'outcome-unknown': hint(
    'The connection broke after the whole message was handed over. The server may or may not have it.',
    'Die Verbindung brach ab, nachdem die ganze Nachricht übergeben war. Ob der Server sie hat, ist ungewiss.',
  ),
  expired: hint('The mail was not delivered in time.', 'Die E-Mail wurde nicht rechtzeitig zugestellt.'),
  'resolved-not-sent': hint(
    'It was unknown whether the server had the mail; it has since been found that it did not.',
    'Es war ungewiss, ob der Server die E-Mail hat; inzwischen steht fest, dass er sie nicht hat.',
  ),
  'no-recipient-left': hint('No recipient was left to send to.', 'Es blieb kein Empfänger übrig.'),
} as const satisfies Record<string, LocalizedText>;
