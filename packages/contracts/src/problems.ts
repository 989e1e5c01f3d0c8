import { type Static, Type } from '@sinclair/typebox';
import { type FindingCode, findingTexts } from './findings.ts';
import { type LocalizedText, LocalizedTextSchema, NamedObject, StringEnum } from './schemas.ts';
import { type TokenRefusalCode, tokenRefusalTexts } from './token-refusals.ts';

/**
 * A problem the API can answer with: its HTTP status, its title, and whether the same request may succeed later. Its cause
 * and remedy are in `problem-types.ts`.
 */
interface ProblemDefinition {
  readonly status: number;
  readonly title: LocalizedText;
  readonly retriable: boolean;
}

function define(status: number, en: string, de: string, retriable = false): ProblemDefinition {
  return { status, title: { en, de }, retriable };
}

/** Every problem code of the REST API. Codes are stable; `docs/errors.md` explains each and a test compares both. */
export const problemDefinitions = {
  'request-malformed': define(400, 'Request is malformed', 'Die Anfrage ist nicht lesbar'),
  'request-invalid': define(400, 'Request is invalid', 'Die Anfrage ist ungültig'),
  unauthenticated: define(401, 'Not authenticated', 'Nicht angemeldet'),
  forbidden: define(403, 'Access is denied', 'Keine Berechtigung'),
  'cross-site-request': define(
    403,
    'Cross-site request was refused',
    'Die Anfrage kam von einer fremden Seite',
  ),
  'start-link-invalid': define(403, 'Start link does not count', 'Der Startlink gilt nicht'),
  'session-needs-https': define(403, 'Browser sign-in needs https', 'Die Anmeldung im Browser braucht https'),
  'sign-in-not-begun': define(403, 'Sign-in was not begun here', 'Die Anmeldung wurde hier nicht begonnen'),
  'sign-in-denied': define(403, 'Sign-in was denied', 'Die Anmeldung wurde abgelehnt'),
  'sign-in-refused': define(
    403,
    'Identity provider refuses this service',
    'Der Anmeldedienst lehnt diesen Dienst ab',
  ),
  'sign-in-issuer-wrong': define(
    403,
    'Identity provider is another one',
    'Der Anmeldedienst ist ein anderer',
  ),
  'sign-in-audience-wrong': define(
    403,
    'Sign-in was for another service',
    'Die Anmeldung galt einem anderen Dienst',
  ),
  'sign-in-claim-missing': define(
    403,
    'Identity provider leaves out a claim',
    'Dem Anmeldedienst fehlt eine Angabe',
  ),
  'sign-in-token-invalid': define(
    403,
    'Answer of the identity provider is invalid',
    'Die Antwort des Anmeldedienstes ist ungültig',
  ),
  'sign-in-without-scopes': define(403, 'Account has no access', 'Das Konto hat keinen Zugang'),
  'sign-in-account-only': define(
    403,
    'Sign-in is by account only',
    'Die Anmeldung geht nur mit dem Firmenkonto',
  ),
  'recipient-not-allowed': define(
    403,
    'These credentials do not allow a recipient',
    'Die Zugangsdaten erlauben einen Empfänger nicht',
  ),
  'sender-not-allowed': define(
    403,
    'These credentials do not allow a sender',
    'Die Zugangsdaten erlauben einen Absender nicht',
  ),
  'not-found': define(404, 'Not found', 'Nicht gefunden'),
  'method-not-allowed': define(405, 'Method is not allowed', 'Die Methode ist nicht erlaubt'),
  'content-gone': define(410, 'Content is no longer kept', 'Der Inhalt ist nicht mehr vorhanden'),
  'request-timeout': define(408, 'Request timed out', 'Die Anfrage hat zu lange gedauert', true),
  'mail-disabled': define(409, 'Sending is disabled', 'Der Versand ist deaktiviert'),
  'mail-sending': define(409, 'Mail is being sent', 'Die E-Mail wird gerade übertragen', true),
  'mail-finished': define(409, 'Mail is already finished', 'Die E-Mail ist bereits abgeschlossen'),
  'mail-not-finished': define(
    409,
    'Mail is not finished yet',
    'Die E-Mail ist noch nicht abgeschlossen',
    true,
  ),
  'outcome-not-unknown': define(409, 'Outcome is not unknown', 'Das Ergebnis ist nicht ungewiss'),
  'recipient-sent': define(409, 'Recipient already has the mail', 'Der Empfänger hat die E-Mail bereits'),
  'mail-redirected': define(409, 'Mail was redirected', 'Die E-Mail wurde umgeleitet'),
  'not-after-passed': define(
    409,
    'Time limit for sending has passed',
    'Die Frist für den Versand ist abgelaufen',
  ),
  'idempotency-conflict': define(
    409,
    'Idempotency key was used with different content',
    'Der Idempotency-Key wurde für einen anderen Inhalt verwendet',
  ),
  'resource-in-use': define(409, 'Resource is in use', 'Der Eintrag ist in Gebrauch'),
  'sender-in-use': define(409, 'Mail waits for this sender', 'Auf diesen Absender warten E-Mails'),
  'environment-confirmed': define(
    409,
    'Environment is already confirmed',
    'Die Umgebung ist bereits bestätigt',
  ),
  'last-admin-key': define(
    409,
    'Last administrator key cannot be revoked',
    'Der letzte Administratorschlüssel kann nicht widerrufen werden',
  ),
  'version-conflict': define(412, 'Resource has changed', 'Der Eintrag wurde inzwischen geändert'),
  'body-too-large': define(413, 'Request body is too large', 'Der Inhalt der Anfrage ist zu groß'),
  'uri-too-long': define(414, 'URI is too long', 'Die Adresse ist zu lang'),
  'media-type-unsupported': define(
    415,
    'Media type is not supported',
    'Der Medientyp wird nicht unterstützt',
  ),
  'settings-invalid': define(422, 'Settings are invalid', 'Die Einstellungen sind ungültig'),
  'certificate-invalid': define(
    422,
    'Certificate cannot be used',
    'Das Zertifikat kann nicht verwendet werden',
  ),
  'mail-invalid': define(422, 'Mail is invalid', 'Die E-Mail ist ungültig'),
  'recipient-unknown': define(422, 'Mail has no such recipient', 'Die E-Mail hat diesen Empfänger nicht'),
  'correction-invalid': define(422, 'Corrected address is invalid', 'Die korrigierte Adresse ist ungültig'),
  'api-key-invalid': define(422, 'API key cannot be created', 'Der API-Schlüssel kann nicht angelegt werden'),
  'precondition-required': define(428, 'If-Match header is required', 'Das Kopffeld If-Match fehlt'),
  'rate-limited': define(429, 'Too many requests', 'Zu viele Anfragen', true),
  'quota-exceeded': define(
    429,
    'A quota of these credentials is reached',
    'Ein Kontingent der Zugangsdaten ist erreicht',
    true,
  ),
  'headers-too-large': define(
    431,
    'Request headers are too large',
    'Die Kopffelder der Anfrage sind zu groß',
  ),
  'internal-error': define(500, 'Internal error', 'Interner Fehler'),
  'outcome-unknown': define(503, 'Result is not known yet', 'Das Ergebnis ist noch nicht bekannt', true),
  'identity-provider-unavailable': define(
    503,
    'Identity provider is unavailable',
    'Der Anmeldedienst ist nicht erreichbar',
    true,
  ),
  'no-mailer': define(503, 'No mailer is available', 'Kein Mailer ist verfügbar', true),
  'history-incomplete': define(
    503,
    'The history of mails is still being read',
    'Die Vorgeschichte der Mails wird noch gelesen',
    true,
  ),
  overloaded: define(503, 'Queue is full', 'Die Warteschlange ist voll', true),
  stopping: define(503, 'Service is stopping', 'Der Dienst fährt herunter', true),
  'log-unavailable': define(
    503,
    'Event log is unavailable',
    'Das Ereignisprotokoll ist nicht verfügbar',
    true,
  ),
  'store-unavailable': define(
    503,
    'Content store is unavailable',
    'Der Speicher für Inhalte ist nicht verfügbar',
    true,
  ),
  'store-full': define(507, 'Content store is full', 'Der Speicher für Inhalte ist voll', true),
  'log-full': define(507, 'Event log is full', 'Das Ereignisprotokoll ist voll', true),
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof problemDefinitions;

export const problemCodes = Object.keys(problemDefinitions) as ProblemCode[];

/** One thing that is wrong, and where: `pointer` is a JSON pointer (RFC 6901) into the request body. */
/** What a value has to be, as far as that can be said in a word: keywords of JSON Schema, and names of formats. */
export const FindingParamsSchema = NamedObject('FindingParams', {
  type: Type.Optional(Type.String({ examples: ['string'] })),
  allowed: Type.Optional(Type.Array(Type.Unknown(), { description: 'All values that are allowed' })),
  minimum: Type.Optional(Type.Number()),
  maximum: Type.Optional(Type.Number()),
  minLength: Type.Optional(Type.Integer()),
  maxLength: Type.Optional(Type.Integer()),
  minItems: Type.Optional(Type.Integer()),
  maxItems: Type.Optional(Type.Integer()),
  format: Type.Optional(Type.String({ examples: ['date-time'] })),
  pattern: Type.Optional(Type.String()),
});
export type FindingParams = Static<typeof FindingParamsSchema>;

export const FindingSchema = NamedObject('Finding', {
  pointer: Type.String({ description: 'JSON pointer (RFC 6901) of the value', examples: ['/smtp/port'] }),
  code: StringEnum(Object.keys(findingTexts) as FindingCode[]),
  message: LocalizedTextSchema,
  params: Type.Optional(FindingParamsSchema),
  resource: Type.Optional(
    Type.String({ description: 'The other resource it is about', examples: ['senders/b4c7d9e2'] }),
  ),
});
export type Finding = Static<typeof FindingSchema>;

/** The finding with the sentences of its code. */
export function finding(
  pointer: string,
  code: FindingCode,
  params: FindingParams | undefined = paramsOfCode[code],
): Finding {
  return { pointer, code, message: findingTexts[code], ...(params === undefined ? {} : { params }) };
}

/** Of codes that always want the same. */
const paramsOfCode: Readonly<Partial<Record<FindingCode, FindingParams>>> = {
  'hostname-invalid': { format: 'hostname' },
  'port-out-of-range': { minimum: 1, maximum: 65_535 },
  'address-invalid': { format: 'email' },
  'url-invalid': { format: 'uri' },
  'date-invalid': { format: 'date-time' },
  'domain-invalid': { format: 'domain' },
  'base64-invalid': { format: 'base64' },
  'content-type-invalid': { format: 'media-type' },
  'service-principal-invalid': { format: 'service-principal' },
  'line-too-long': { maxLength: 998 },
};

/** A finding about another resource, which its sentences name too. */
export function findingAbout(
  pointer: string,
  code: FindingCode,
  { resource, name }: { readonly resource: string; readonly name: string },
): Finding {
  const naming = (sentence: string): string => `${sentence.replace(/\.$/, '')}: ${name} (${resource}).`;
  const { en, de } = findingTexts[code];
  return { pointer, code, message: { en: naming(en), de: naming(de) }, resource };
}

/** A problem as of RFC 9457. `code` is the stable name that clients switch on; `type` holds it as a URI reference. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({
      description: 'URI reference. A GET there answers the cause and the remedy in German and English',
      examples: ['/problems/settings-invalid'],
    }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: StringEnum(problemCodes),
    detail: Type.Optional(
      Type.String({ description: 'What happened in this case, and what to do about it' }),
    ),
    reason: Type.Optional(
      StringEnum(Object.keys(tokenRefusalTexts) as TokenRefusalCode[], {
        description: 'Why an access token was refused, for the operator',
      }),
    ),
    findings: Type.Optional(Type.Array(FindingSchema)),
    retriable: Type.Boolean({ description: 'Whether the same request may succeed later' }),
  },
  { $id: 'Problem', description: 'A problem as defined by RFC 9457' },
);
export type Problem = Static<typeof ProblemSchema>;

/** What may be said about a problem beyond its code. */
export interface ProblemDetails {
  readonly detail?: string;
  readonly reason?: TokenRefusalCode;
  readonly findings?: readonly Finding[];
}

/** Findings in one line, for logs and details. */
export function findingsLine(
  findings: readonly { readonly pointer: string; readonly code: string }[],
): string {
  return findings.map(({ pointer, code }) => `${pointer}: ${code}`).join(', ');
}

/** Where the problem is explained, from the root of the service; see `ProblemTypeSchema`. */
export const problemPath = (code: ProblemCode): string => `/problems/${code}`;

/** The problem body of a code. */
export function problem(code: ProblemCode, details: ProblemDetails = {}): Problem {
  const { status, title, retriable } = problemDefinitions[code];
  return {
    type: problemPath(code),
    title: title.en,
    status,
    code,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    ...(details.reason === undefined ? {} : { reason: details.reason }),
    ...(details.findings === undefined ? {} : { findings: [...details.findings] }),
    retriable,
  };
}
