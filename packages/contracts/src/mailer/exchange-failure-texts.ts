import type { LocalizedText } from '../localized-text.ts';
import { hint } from './hint.ts';

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
