import { hint, type LocalizedText } from './schemas.ts';

/** What can go wrong with Exchange, its authority and the way there. They are failure codes like all others. */
export const exchangeFailureTexts = {
  'token-refused': hint(
    'The authority issued no token for Exchange. The detail contains its code (AADSTS…).',
    'Die Anmeldestelle hat kein Token für Exchange ausgestellt. Das Detail nennt ihren Code (AADSTS…).',
  ),
  'client-secret-wrong': hint(
    'The authority does not accept the client secret. Enter its value, not its ID.',
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
    'The tenant does not know this client ID. Check the ID, and whether the app belongs to this tenant.',
    'Der Mandant kennt diese Client-ID nicht. Prüfen Sie sie und ob die App zu diesem Mandanten gehört.',
  ),
  'tenant-unknown': hint(
    'The authority has no tenant with this ID. Check the tenant ID and the cloud.',
    'Bei dieser Anmeldestelle gibt es keinen Mandanten mit dieser ID. Prüfen Sie Mandanten-ID und Cloud.',
  ),
  'consent-missing': hint(
    'The app lacks a permission or the consent of an administrator. Grant it in Entra.',
    'Der App fehlt die Berechtigung oder die Zustimmung eines Administrators. Erteilen Sie sie in Entra.',
  ),
  'authority-unavailable': hint(
    'The authority that issues tokens did not answer correctly. The mailer tries again.',
    'Die Anmeldestelle für Token hat nicht richtig geantwortet. Der Mailer versucht es erneut.',
  ),
  'token-rejected': hint(
    'The server does not accept the token. Check the permissions of the app. For SMTP, also check whether the ' +
      'service principal is registered in Exchange.',
    'Der Server akzeptiert das Token nicht. Prüfen Sie die Berechtigungen der App, bei SMTP auch, ob der ' +
      'Dienstprinzipal in Exchange registriert ist.',
  ),
  'mailbox-unknown': hint(
    'No mailbox has this address. Check the mail address of the Exchange connection.',
    'Es gibt kein Postfach mit dieser Adresse. Prüfen Sie die E-Mail-Adresse der Exchange-Verbindung.',
  ),
  'permission-missing': hint(
    'The account is not allowed to send through this mailbox. Grant the permission to the app or the account.',
    'Das Konto darf nicht über dieses Postfach senden. Erteilen Sie der App oder dem Konto die Berechtigung dafür.',
  ),
  'exchange-protocol-blocked': hint(
    'This server no longer accepts EWS. Change the Exchange connection to Graph.',
    'Dieser Server nimmt EWS nicht mehr an. Stellen Sie die Exchange-Verbindung auf Graph um.',
  ),
  'not-an-exchange-server': hint(
    'The endpoint is not an Exchange server. Check its address.',
    'Unter dieser Adresse antwortet kein Exchange-Server. Prüfen Sie die Adresse des Endpunkts.',
  ),
  'proxy-sign-in-refused': hint(
    'The proxy requires a sign-in, or does not accept the one that the mailer has. The operator has to put ' +
      'user name and password into EXCHANGE_PROXY, percent-encoded; the proxy has to take Basic.',
    'Der Proxy verlangt eine Anmeldung oder akzeptiert die des Mailers nicht. Der Betreiber muss Benutzername ' +
      'und Passwort prozentkodiert in EXCHANGE_PROXY eintragen; der Proxy muss Basic annehmen.',
  ),
  'proxy-failed': hint(
    'The proxy did not connect to the server. Check EXCHANGE_PROXY.',
    'Der Proxy hat keine Verbindung zum Server hergestellt. Prüfen Sie EXCHANGE_PROXY.',
  ),
} as const satisfies Record<string, LocalizedText>;

/** What can go wrong with one mail. The other failures are about the server as a whole. */
export const mailFailureTexts = {
  'sender-refused': hint(
    'The server does not allow this account to send from this address.',
    'Der Server lässt dieses Konto nicht mit dieser Absenderadresse senden.',
  ),
  'sender-replaced': hint(
    'The server has taken the message and replaced its sender by another one. Grant the right to send as this address.',
    'Der Server hat die Nachricht angenommen und ihren Absender durch einen anderen ersetzt. Erteilen Sie das ' +
      'Recht, als diese Adresse zu senden.',
  ),
  'probe-needed': hint(
    'Only a mail shows whether the server allows this sender. Repeat the check with credentials that may send mail.',
    'Ob der Server diesen Absender erlaubt, zeigt nur eine E-Mail. Wiederholen Sie die Prüfung mit Zugangsdaten, ' +
      'mit denen gesendet werden darf.',
  ),
  'recipient-refused': hint('The server refused the recipient.', 'Der Server hat den Empfänger abgelehnt.'),
  'relay-denied': hint(
    'The server does not relay to other domains for this client. Use authentication, or have the address of the mailer allowed.',
    'Der Server leitet für diesen Client nicht an fremde Domains weiter. Melden Sie sich an oder lassen Sie ' +
      'die Adresse des Mailers zu.',
  ),
  'outside-recipient-refused': hint(
    'The server accepts its own recipients but refused the outside address of the test without a clear reason. ' +
      'It may not relay for this client. Repeat the test with an outside address that exists.',
    'Der Server nimmt eigene Empfänger an, hat aber die fremde Adresse des Tests ohne klaren Grund abgelehnt. ' +
      'Möglicherweise leitet er für diesen Client nicht weiter. Wiederholen Sie den Test mit einer fremden ' +
      'Adresse, die es gibt.',
  ),
  'relay-unproven': hint(
    'The server refused only this outside address. The test does not show whether it relays to other domains. ' +
      'Repeat it with an outside address that exists.',
    'Der Server hat nur diese eine fremde Adresse abgelehnt. Ob er an fremde Domains weiterleitet, zeigt der ' +
      'Test nicht. Wiederholen Sie ihn mit einer fremden Adresse, die es gibt.',
  ),
  'recipient-deferred': hint(
    'The server cannot accept mail for this recipient at the moment (greylisting, full mailbox).',
    'Der Server kann für diesen Empfänger gerade nichts annehmen (Greylisting, volles Postfach).',
  ),
  'message-too-large': hint(
    'The message is larger than the server accepts.',
    'Die Nachricht ist größer, als der Server annimmt.',
  ),
  'message-refused': hint('The server refused the message.', 'Der Server hat die Nachricht abgelehnt.'),
  'message-deferred': hint(
    'The server cannot accept the message at the moment.',
    'Der Server kann die Nachricht gerade nicht annehmen.',
  ),
  'smtputf8-unsupported': hint(
    'The address contains characters outside ASCII in front of the at sign, and the server does not support them (SMTPUTF8).',
    'Die Adresse enthält vor dem @ Zeichen außerhalb von ASCII, und der Server unterstützt das nicht (SMTPUTF8).',
  ),
  '8bitmime-unsupported': hint(
    'The message contains 8-bit content, and the server accepts only 7-bit content (8BITMIME). Encode the message.',
    'Die Nachricht enthält 8-Bit-Inhalt, und der Server nimmt nur 7-Bit-Inhalt an (8BITMIME). Kodieren Sie die Nachricht.',
  ),
  'smime-recipient-certificate-missing': hint(
    'These recipients have no valid certificate to encrypt with. Import one, or do not require encryption.',
    'Für diese Empfänger gibt es kein gültiges Zertifikat zum Verschlüsseln. Importieren Sie eines, oder ' +
      'verlangen Sie keine Verschlüsselung.',
  ),
  'sender-not-allowed': hint(
    'Whoever asked for the mail may not send from its address.',
    'Wer die E-Mail angefordert hat, darf von ihrer Absenderadresse nicht senden.',
  ),
  'sender-unknown': hint(
    'The mail is strict about its sender, and what it names leads to no active sender.',
    'Die E-Mail verlangt einen bestimmten Absender, und was sie nennt, führt zu keinem aktiven.',
  ),
  'smime-sender-mismatch': hint(
    'The mail is to be signed, but the certificate does not contain its sender address.',
    'Die E-Mail soll signiert werden, aber das Zertifikat gilt nicht für ihre Absenderadresse.',
  ),
  'smime-certificate-unusable': hint(
    'The S/MIME certificate in the settings has expired or cannot be opened. The mail waits for another certificate.',
    'Das S/MIME-Zertifikat der Einstellungen ist abgelaufen oder lässt sich nicht öffnen. Die E-Mail wartet auf ein anderes.',
  ),
  'smime-too-large': hint(
    'Microsoft Graph accepts large messages only in parts, and a signed or encrypted message cannot be ' +
      'divided. Send it by SMTP or EWS, with smaller attachments, or without S/MIME.',
    'Microsoft Graph nimmt große Nachrichten nur in Teilen an, und eine signierte oder verschlüsselte lässt ' +
      'sich nicht zerlegen. Senden Sie sie über SMTP oder EWS, mit kleineren Anhängen oder ohne S/MIME.',
  ),
  'message-uncomposable': hint(
    'The message could not be composed from the request. The detail names the place; other mail is not affected.',
    'Die Nachricht ließ sich aus der Anforderung nicht erzeugen. Das Detail nennt die Stelle; andere E-Mails ' +
      'sind nicht betroffen.',
  ),
  'disk-full': hint(
    'The disk of the event log is full. Mail waits until there is space. Free some.',
    'Die Festplatte des Ereignisprotokolls ist voll. E-Mails warten, bis wieder Platz ist. Schaffen Sie Platz.',
  ),
  'content-unavailable': hint(
    'The store for large attachments did not answer. The mailer tries again.',
    'Der Speicher für große Anhänge hat nicht geantwortet. Der Mailer versucht es erneut.',
  ),
  timeout: hint(
    'The server did not answer within the timeout.',
    'Der Server hat innerhalb des Timeouts nicht mehr geantwortet.',
  ),
  'unexpected-reply': hint(
    'The server sent a reply that the protocol does not define.',
    'Der Server hat etwas geantwortet, das im Protokoll nicht vorkommt.',
  ),
  'outcome-unknown': hint(
    'The connection broke after the complete message was sent. It is not known whether the server has it.',
    'Die Verbindung brach ab, nachdem die ganze Nachricht übergeben war. Ob der Server sie hat, ist ungewiss.',
  ),
  expired: hint('The mail was not delivered in time.', 'Die E-Mail wurde nicht rechtzeitig zugestellt.'),
  'resolved-not-sent': hint(
    'It was unknown whether the server had the mail. It is now known that it did not.',
    'Es war ungewiss, ob der Server die E-Mail hat; inzwischen steht fest, dass er sie nicht hat.',
  ),
  'no-recipient-left': hint('No recipient is left to send to.', 'Es blieb kein Empfänger übrig.'),
} as const satisfies Record<string, LocalizedText>;
