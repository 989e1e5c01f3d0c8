import { type Static, Type } from '@sinclair/typebox';
import { type ProblemCode, problemCodes, problemDefinitions, problemPath } from './problems.ts';
import { explain, LocalizedTextSchema, NamedObject, type ProblemTexts, StringEnum } from './schemas.ts';
import { signInProblemTexts } from './token-refusals.ts';

/** Cause and remedy of every problem. The settings page shows both, so they also address people without a program. */
const problemTexts = {
  'request-malformed': explain(
    'The service could not read the request as HTTP, or its body as JSON.',
    'Der Dienst konnte die Anfrage nicht als HTTP lesen oder ihren Inhalt nicht als JSON.',
    'Correct what the field “detail” names, then send the request again.',
    'Korrigieren Sie, was das Feld „detail“ nennt, und senden Sie die Anfrage erneut.',
  ),
  'request-invalid': explain(
    'The path, the query, a header or the body does not have the documented form.',
    'Der Pfad, die Abfrage, ein Kopffeld oder der Inhalt hat nicht die beschriebene Form.',
    'Correct the values that are named.',
    'Korrigieren Sie die genannten Angaben.',
  ),
  unauthenticated: explain(
    'The key or token is missing, unknown, expired or revoked, or the session has ended.',
    'Der Schlüssel oder das Token fehlt, ist nicht bekannt, abgelaufen oder widerrufen, oder die Sitzung ist beendet.',
    'Sign in again with a valid key or token.',
    'Melden Sie sich mit einem gültigen Schlüssel oder Token neu an.',
  ),
  forbidden: explain(
    'Your key or token does not have the scope that this needs.',
    'Ihr Schlüssel oder Token hat die Berechtigung nicht, die dafür nötig ist.',
    'Ask an administrator for the missing scope, or use other credentials.',
    'Bitten Sie einen Administrator um die fehlende Berechtigung, oder verwenden Sie andere Zugangsdaten.',
  ),
  'cross-site-request': explain(
    'The browser sent the session cookie for a request of another site.',
    'Der Browser hat das Sitzungscookie für die Anfrage einer anderen Seite gesendet.',
    'Open the settings page itself. A program sends its key in the header Authorization.',
    'Öffnen Sie die Einstellungsseite selbst. Ein Programm sendet seinen Schlüssel im Kopffeld Authorization.',
  ),
  'start-link-invalid': explain(
    'The link of the first start was used, is older than an hour or than the last start, was opened on another machine, or ' +
      'somebody administers the service already.',
    'Der Link des ersten Starts wurde schon verwendet, ist älter als eine Stunde oder als der letzte Start, wurde auf einem ' +
      'anderen Rechner geöffnet, oder jemand verwaltet den Dienst bereits.',
    'Sign in with a key. While nobody administers, each start of the service prints a new link.',
    'Melden Sie sich mit einem Schlüssel an. Solange niemand den Dienst verwaltet, gibt jeder Start einen neuen Link aus.',
  ),
  'session-needs-https': explain(
    'The page was opened over http, and the browser would forget the sign-in at once.',
    'Die Seite wurde über http geöffnet, und der Browser würde die Anmeldung sofort vergessen.',
    'Open the page over https.',
    'Öffnen Sie die Seite über https.',
  ),
  ...signInProblemTexts,
  'recipient-not-allowed': explain(
    'Your key may not send to the domain of a recipient.',
    'Ihr Schlüssel darf nicht an die Domain eines Empfängers senden.',
    'Remove the recipient, or ask an administrator for a key that allows the domain.',
    'Entfernen Sie den Empfänger, oder bitten Sie einen Administrator um einen Schlüssel, der die Domain erlaubt.',
  ),
  'sender-not-allowed': explain(
    'Your key or the settings do not allow a sender address of the mail.',
    'Ihr Schlüssel oder die Einstellungen erlauben eine Absenderadresse der E-Mail nicht.',
    'Choose an allowed sender, or ask an administrator to allow this one.',
    'Wählen Sie einen erlaubten Absender, oder bitten Sie einen Administrator, diesen zu erlauben.',
  ),
  'not-found': explain(
    'There is nothing at this address. It may have been deleted, or your key may not see it.',
    'Unter dieser Adresse gibt es nichts. Der Eintrag wurde vielleicht gelöscht, oder Ihr Schlüssel darf ihn nicht sehen.',
    'Check the address and the ID.',
    'Prüfen Sie die Adresse und die Kennung.',
  ),
  'content-gone': explain(
    'The mail exists, but its content has been removed after the time for which requests are kept.',
    'Die E-Mail ist vorhanden, ihr Inhalt wurde aber nach Ablauf der Aufbewahrungsfrist entfernt.',
    'Ask the application that requested the mail for its content.',
    'Fragen Sie in der Anwendung nach dem Inhalt, von der die E-Mail stammt.',
  ),
  'method-not-allowed': explain(
    'This address does not support the HTTP method of the request.',
    'Diese Adresse unterstützt die HTTP-Methode der Anfrage nicht.',
    'Use one of the methods in the header Allow of the answer.',
    'Verwenden Sie eine der Methoden, die im Kopffeld Allow der Antwort stehen.',
  ),
  'request-timeout': explain(
    'The request did not arrive completely in time.',
    'Die Anfrage ist nicht rechtzeitig vollständig angekommen.',
    'Send it again. If this happens often, check the network and the size of the request.',
    'Senden Sie sie erneut. Geschieht das oft, prüfen Sie das Netz und die Größe der Anfrage.',
  ),
  'mail-disabled': explain(
    'Sending is switched off in the settings of the outgoing server.',
    'Der Versand ist in den Einstellungen des Postausgangsservers ausgeschaltet.',
    'Ask an administrator to switch sending on. Mails that are held for this reason then continue on their own.',
    'Bitten Sie einen Administrator, den Versand einzuschalten. Deshalb angehaltene E-Mails gehen dann von selbst weiter.',
  ),
  'mail-sending': explain(
    'The mail is being transferred to the server right now.',
    'Die E-Mail wird gerade an den Server übertragen.',
    'Wait for the outcome, then try again if it is still needed.',
    'Warten Sie das Ergebnis ab, und versuchen Sie es dann erneut, wenn es noch nötig ist.',
  ),
  'mail-finished': explain(
    'The mail already has its final outcome.',
    'Die E-Mail hat bereits ihr endgültiges Ergebnis.',
    'Send it again if it should go out once more.',
    'Senden Sie sie erneut, wenn sie noch einmal hinausgehen soll.',
  ),
  'mail-not-finished': explain(
    'Only a finished mail can be sent again, and this one is still on its way.',
    'Nur eine abgeschlossene E-Mail kann erneut gesendet werden, und diese ist noch unterwegs.',
    'Wait for its outcome, or cancel it first.',
    'Warten Sie ihr Ergebnis ab, oder brechen Sie sie zuerst ab.',
  ),
  'outcome-not-unknown': explain(
    'Only an unknown outcome can be resolved, and this one is known or was resolved already.',
    'Nur ein ungewisses Ergebnis kann geklärt werden, und dieses ist bekannt oder wurde schon geklärt.',
    'Look at the current outcome of the mail. Nothing needs to be resolved.',
    'Sehen Sie sich das aktuelle Ergebnis der E-Mail an. Es gibt nichts zu klären.',
  ),
  'recipient-sent': explain(
    'The server has already accepted the mail for a chosen recipient, or for all of them.',
    'Der Server hat die E-Mail für einen gewählten Empfänger oder für alle bereits angenommen.',
    'Leave out these recipients, or confirm that they receive it twice (“force”).',
    'Lassen Sie diese Empfänger weg, oder bestätigen Sie, dass sie die E-Mail zweimal erhalten („force“).',
  ),
  'mail-redirected': explain(
    'The mail was redirected to other addresses, and now it would reach the recipients that were meant.',
    'Die E-Mail wurde an andere Adressen umgeleitet, und jetzt würde sie die eigentlichen Empfänger erreichen.',
    'If that is intended, resend the mail with “confirmRedirected”.',
    'Ist das beabsichtigt, senden Sie die E-Mail mit „confirmRedirected“ erneut.',
  ),
  'not-after-passed': explain(
    'The time until which the mail may be sent (“notAfter”) is not in the future.',
    'Der Zeitpunkt, bis zu dem die E-Mail gesendet werden darf („notAfter“), liegt nicht in der Zukunft.',
    'Give a later time, or cancel the mail.',
    'Geben Sie einen späteren Zeitpunkt an, oder brechen Sie die E-Mail ab.',
  ),
  'idempotency-conflict': explain(
    'The same Idempotency-Key was used before for a request with different content.',
    'Derselbe Idempotency-Key wurde schon für eine Anfrage mit anderem Inhalt verwendet.',
    'Use a new key for new content, and the same key only to repeat a request.',
    'Verwenden Sie für neuen Inhalt einen neuen Schlüssel, denselben nur für eine Wiederholung.',
  ),
  'resource-in-use': explain(
    'Other settings refer to this, so it cannot be deleted.',
    'Andere Einstellungen verweisen darauf, deshalb kann es nicht gelöscht werden.',
    'Remove it from these settings first.',
    'Entfernen Sie es zuerst aus diesen Einstellungen.',
  ),
  'sender-in-use': explain(
    'Mail that waits is to be sent as this sender, so it cannot be deleted. The detail says how many mails there are.',
    'E-Mails, die noch warten, sollen von diesem Absender kommen, deshalb kann er nicht gelöscht werden. Das Detail nennt ihre Zahl.',
    'Wait until they are sent, or cancel them. Or deactivate the sender: then it is kept.',
    'Warten Sie, bis sie gesendet sind, oder brechen Sie sie ab. Oder deaktivieren Sie den Absender, dann bleibt er erhalten.',
  ),
  'environment-confirmed': explain(
    'Somebody has already confirmed what this data is.',
    'Jemand hat bereits bestätigt, was diese Daten sind.',
    'Nothing needs to be done. Reload the page to see the current state.',
    'Sie müssen nichts tun. Laden Sie die Seite neu, um den aktuellen Stand zu sehen.',
  ),
  'last-admin-key': explain(
    'Without this key nobody could administer the service.',
    'Ohne diesen Schlüssel könnte niemand den Dienst verwalten.',
    'Create another key with the scope admin first.',
    'Legen Sie zuerst einen anderen Schlüssel mit der Berechtigung admin an.',
  ),
  'version-conflict': explain(
    'Someone else has saved in the meantime, so another version is current.',
    'Inzwischen hat jemand anderes gespeichert, deshalb gilt eine andere Version.',
    'Load the current version, and make the change again.',
    'Laden Sie die aktuelle Version, und nehmen Sie die Änderung erneut vor.',
  ),
  'body-too-large': explain(
    'The body of the request is larger than this address allows.',
    'Der Inhalt der Anfrage ist größer, als diese Adresse erlaubt.',
    'Reduce it, for example by smaller attachments.',
    'Verkleinern Sie ihn, zum Beispiel durch kleinere Anhänge.',
  ),
  'uri-too-long': explain(
    'A part of the path is longer than 500 characters.',
    'Ein Teil des Pfads ist länger als 500 Zeichen.',
    'Check the ID in the address.',
    'Prüfen Sie die Kennung in der Adresse.',
  ),
  'media-type-unsupported': explain(
    'The Content-Type or the Content-Encoding of the request is missing or not supported here.',
    'Der Content-Type oder das Content-Encoding der Anfrage fehlt oder wird hier nicht unterstützt.',
    'Use one of the types that the header Accept of the answer lists, without compression.',
    'Verwenden Sie einen der Typen, die im Kopffeld Accept der Antwort stehen, ohne Komprimierung.',
  ),
  'settings-invalid': explain(
    'At least one setting is missing or not valid.',
    'Mindestens eine Einstellung fehlt oder ist nicht gültig.',
    'Correct the fields that are named.',
    'Korrigieren Sie die genannten Felder.',
  ),
  'certificate-invalid': explain(
    'The file cannot be read, or its certificate or key does not fit the purpose.',
    'Die Datei ist nicht lesbar, oder ihr Zertifikat oder Schlüssel passt nicht zum Zweck.',
    'Correct what is named, or use another file or password.',
    'Korrigieren Sie, was genannt ist, oder verwenden Sie eine andere Datei oder ein anderes Passwort.',
  ),
  'mail-invalid': explain(
    'The mail cannot be sent as it is.',
    'Die E-Mail kann so nicht gesendet werden.',
    'Correct the fields that are named.',
    'Korrigieren Sie die genannten Felder.',
  ),
  'recipient-unknown': explain(
    'A given address is not among the recipients of the mail.',
    'Eine angegebene Adresse gehört nicht zu den Empfängern der E-Mail.',
    'Choose from the recipients that the status of the mail lists.',
    'Wählen Sie unter den Empfängern, die der Status der E-Mail nennt.',
  ),
  'correction-invalid': explain(
    'The corrected address is not valid, is a recipient already, or would replace a copy for the sender.',
    'Die korrigierte Adresse ist ungültig, schon Empfänger oder würde eine Kopie für den Absender ersetzen.',
    'Give a valid address that the mail does not go to yet.',
    'Geben Sie eine gültige Adresse an, an die die E-Mail noch nicht geht.',
  ),
  'api-key-invalid': explain(
    'At least one value of the new key is not valid, or exceeds the scopes of its creator.',
    'Mindestens eine Angabe zum neuen Schlüssel ist ungültig oder geht über die Rechte des Erstellers hinaus.',
    'Correct the fields that are named.',
    'Korrigieren Sie die genannten Felder.',
  ),
  'precondition-required': explain(
    'A change needs the version that it is based on, so that nothing is overwritten unseen.',
    'Eine Änderung braucht die Version, auf der sie beruht, damit nichts ungesehen überschrieben wird.',
    'Read the resource, and send its ETag in If-Match, such as "43".',
    'Lesen Sie den Eintrag, und senden Sie sein ETag in If-Match, zum Beispiel "43".',
  ),
  'rate-limited': explain(
    'There were too many requests in a short time.',
    'In kurzer Zeit kamen zu viele Anfragen.',
    'Wait a moment. The header Retry-After says for how many seconds.',
    'Warten Sie einen Moment. Das Kopffeld Retry-After nennt die Sekunden.',
  ),
  'quota-exceeded': explain(
    'Your key has reached its limit of mails, recipients or bytes for now.',
    'Ihr Schlüssel hat seine Grenze an E-Mails, Empfängern oder Bytes vorerst erreicht.',
    'Try again later (Retry-After gives the seconds), or ask an administrator for a higher quota.',
    'Versuchen Sie es später erneut (Retry-After nennt die Sekunden), oder bitten Sie einen Administrator um mehr.',
  ),
  'headers-too-large': explain(
    'The headers of the request are too large, for example because of a long token or many cookies.',
    'Die Kopffelder der Anfrage sind zu groß, zum Beispiel durch ein langes Token oder viele Cookies.',
    'Use a shorter token, or delete the cookies of this site.',
    'Verwenden Sie ein kürzeres Token, oder löschen Sie die Cookies dieser Seite.',
  ),
  'internal-error': explain(
    'An unexpected error occurred in the service.',
    'Im Dienst ist ein unerwarteter Fehler aufgetreten.',
    'Give an administrator the X-Request-Id of the answer. The log entry with this ID names the cause.',
    'Nennen Sie einem Administrator die X-Request-Id der Antwort. Der Logeintrag mit dieser Kennung nennt die Ursache.',
  ),
  'outcome-unknown': explain(
    'The request may have taken effect, but its result did not arrive in time.',
    'Die Anfrage wurde vielleicht schon ausgeführt, aber ihr Ergebnis kam nicht rechtzeitig an.',
    'Check whether it took effect before you repeat it. With the same Idempotency-Key a repetition is safe.',
    'Prüfen Sie vor einer Wiederholung, ob sie gewirkt hat. Mit demselben Idempotency-Key ist sie gefahrlos.',
  ),
  'identity-provider-unavailable': explain(
    'The identity provider does not answer, or reports an error that passes. So nobody can be identified by it now.',
    'Der Anmeldedienst antwortet nicht oder meldet eine vorübergehende Störung. Deshalb ist gerade keine Prüfung möglich.',
    'Try again shortly. If this lasts, an administrator checks the connection to the identity provider.',
    'Versuchen Sie es gleich erneut. Dauert es an, prüft ein Administrator die Verbindung zum Anmeldedienst.',
  ),
  'no-mailer': explain(
    'No mailer is running or reachable that could do this.',
    'Es läuft kein Mailer, der das tun könnte, oder er ist nicht erreichbar.',
    'Start a mailer, or try again shortly.',
    'Starten Sie einen Mailer, oder versuchen Sie es gleich erneut.',
  ),
  overloaded: explain(
    'More is waiting to be written than the service takes at once.',
    'Es wartet mehr auf das Schreiben, als der Dienst auf einmal annimmt.',
    'Try again shortly. The header Retry-After says when.',
    'Versuchen Sie es gleich erneut. Das Kopffeld Retry-After sagt, wann.',
  ),
  stopping: explain(
    'The service is shutting down or restarting.',
    'Der Dienst fährt herunter oder startet neu.',
    'Try again in a few seconds.',
    'Versuchen Sie es in einigen Sekunden erneut.',
  ),
  'history-incomplete': explain(
    'After a start without its view, the mailer reads the log again. What it has not read yet decides the answer.',
    'Nach einem Start ohne Ansicht liest der Mailer das Protokoll neu. Die Antwort hängt von dem ab, was noch nicht gelesen ist.',
    'Repeat the request after the time in Retry-After. It is safe to repeat. New mails without an Idempotency-Key are accepted.',
    'Wiederholen Sie die Anfrage nach der Zeit in Retry-After; das ist gefahrlos. Neue Mails ohne Idempotency-Key werden angenommen.',
  ),
  'log-unavailable': explain(
    'The event log cannot be read or written at the moment.',
    'Das Ereignisprotokoll kann gerade nicht gelesen oder geschrieben werden.',
    'Try again shortly. If this lasts, an administrator checks the disk or the Kafka cluster.',
    'Versuchen Sie es gleich erneut. Dauert es an, prüft ein Administrator die Festplatte oder den Kafka-Cluster.',
  ),
  'store-unavailable': explain(
    'The store for large attachments does not answer, or does not have the content.',
    'Der Speicher für große Anhänge antwortet nicht oder hat den Inhalt nicht.',
    'Try again shortly. If this lasts, an administrator checks the store.',
    'Versuchen Sie es gleich erneut. Dauert es an, prüft ein Administrator den Speicher.',
  ),
  'store-full': explain(
    'The store for large attachments has no space left.',
    'Im Speicher für große Anhänge ist kein Platz mehr.',
    'An administrator frees space. Then send the request again.',
    'Ein Administrator schafft Platz. Senden Sie die Anfrage danach erneut.',
  ),
  'log-full': explain(
    'The disk of the event log has no space left.',
    'Auf der Festplatte des Ereignisprotokolls ist kein Platz mehr.',
    'An administrator frees space. Then send the request again.',
    'Ein Administrator schafft Platz. Senden Sie die Anfrage danach erneut.',
  ),
} as const satisfies Record<ProblemCode, ProblemTexts>;

/** What a problem code means: the answer at the `type` of a problem. */
export const ProblemTypeSchema = NamedObject('ProblemType', {
  type: Type.String({
    description: 'URI reference, the same as in the problem',
    examples: ['/problems/settings-invalid'],
  }),
  code: StringEnum(problemCodes),
  status: Type.Integer({ minimum: 400, maximum: 599, description: 'HTTP status of the problem' }),
  retriable: Type.Boolean({ description: 'Whether the same request may succeed later' }),
  title: LocalizedTextSchema,
  cause: LocalizedTextSchema,
  remedy: LocalizedTextSchema,
});
export type ProblemType = Static<typeof ProblemTypeSchema>;

export const ProblemTypeListSchema = NamedObject('ProblemTypeList', { items: Type.Array(ProblemTypeSchema) });

/** What is known of a problem code. Its `type` is a path from the root of the service. */
export function problemType(code: ProblemCode): ProblemType {
  const { status, retriable, title } = problemDefinitions[code];
  return { type: problemPath(code), code, status, retriable, title, ...problemTexts[code] };
}
