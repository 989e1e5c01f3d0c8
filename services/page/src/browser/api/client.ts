/*
 * Requests to the API of the service, and what can go wrong: a problem (RFC 9457) with a code and findings, or no answer.
 * A call names its method and path; `operations.ts` knows what it takes and answers.
 */
import { texts } from '../i18n.ts';
import type { Operations } from './operations.ts';

export interface Finding {
  readonly pointer: string;
  readonly code: string;
  readonly message: { readonly de: string; readonly en: string };
}

/** A problem answer (RFC 9457), or no answer at all (`offline`). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: string;
  readonly status: number;
  readonly findings: readonly Finding[];
  /** Why a token was refused: a code for the administrator. */
  readonly reason: string;

  constructor(code: string, status: number, detail: string, findings: readonly Finding[], reason = '') {
    super(detail);
    this.code = code;
    this.status = status;
    this.findings = findings;
    this.reason = reason;
  }
}

function problemOf(status: number, data: unknown): ApiProblem {
  const body = typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {};
  const detail = [body['detail'], body['title']].find((text) => typeof text === 'string') ?? '';
  const findings = Array.isArray(body['findings']) ? (body['findings'] as Finding[]) : [];
  const code = typeof body['code'] === 'string' ? body['code'] : `http-${status}`;
  const reason = typeof body['reason'] === 'string' ? body['reason'] : '';
  return new ApiProblem(code, status, String(detail), findings, reason);
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem('unexpected', 0, error instanceof Error ? error.message : String(error), []);
}

/** The texts of problems by code. Other problems show the text of the API. */
const sentences = texts<Readonly<Record<string, string>>>({
  de: {
    offline: 'Der Dienst antwortet nicht. Sobald er wieder erreichbar ist, geht es hier weiter.',
    unauthenticated: 'Dieser Schlüssel ist nicht bekannt, abgelaufen oder widerrufen.',
    forbidden: 'Dazu fehlt Ihnen die Berechtigung.',
    'cross-site-request': 'Die Anfrage kam nicht von dieser Seite und wurde abgelehnt.',
    'session-needs-https':
      'Die Seite wurde über http geöffnet; der Browser würde die Anmeldung sofort vergessen. Öffnen Sie sie über https.',
    'identity-provider-unavailable':
      'Der Anmeldedienst ist nicht erreichbar. Versuchen Sie es gleich noch einmal.',
    'not-found': 'Nicht gefunden. Der Eintrag wurde vielleicht gelöscht.',
    'version-conflict': 'Inzwischen hat jemand anderes gespeichert.',
    'settings-invalid': 'Die Einstellungen sind noch nicht gültig. Bitte prüfen Sie die markierten Felder.',
    'mail-invalid': 'Die E-Mail ist noch nicht gültig. Bitte prüfen Sie die markierten Felder.',
    'certificate-invalid': 'Dieses Zertifikat kann so nicht verwendet werden.',
    'mail-disabled': 'Der Versand ist deaktiviert.',
    'mail-sending': 'Die E-Mail wird gerade übertragen.',
    'mail-finished': 'Die E-Mail ist bereits erledigt.',
    'quota-exceeded': 'Ein Kontingent Ihres Schlüssels ist erreicht. Versuchen Sie es später noch einmal.',
    'sender-not-allowed': 'Von dieser Adresse darf Ihr Schlüssel nicht senden.',
    'recipient-not-allowed': 'An diesen Empfänger darf Ihr Schlüssel nicht senden.',
    'rate-limited': 'Zu viele Anfragen in kurzer Zeit. Warten Sie einen Moment.',
    'no-mailer': 'Es läuft kein Mailer, der das tun könnte.',
    'outcome-unknown': 'Es ist noch nicht bekannt, ob das wirksam wurde. Laden Sie die Seite neu.',
    overloaded: 'Die Warteschlange ist voll. Versuchen Sie es gleich noch einmal.',
    stopping: 'Der Dienst fährt herunter.',
    'log-unavailable': 'Das Protokoll kann gerade nicht geschrieben werden.',
    'log-full': 'Für das Protokoll ist kein Speicherplatz mehr frei.',
    'environment-confirmed': 'Das wurde bereits bestätigt.',
    'resource-in-use': 'Das ist noch in Gebrauch und kann nicht gelöscht werden.',
    unexpected: 'Unerwarteter Fehler.',
  },
  en: {
    offline: 'The service is not responding. This page updates as soon as it is available again.',
    unauthenticated: 'This key is unknown, expired or revoked.',
    forbidden: 'You do not have permission to do this.',
    'cross-site-request': 'The request did not come from this page and was rejected.',
    'session-needs-https':
      'The page was opened over http; the browser would forget the sign-in at once. Open it over https.',
    'identity-provider-unavailable': 'The identity provider is unavailable. Try again shortly.',
    'not-found': 'Not found; it may have been deleted.',
    'version-conflict': 'Someone else has saved in the meantime.',
    'settings-invalid': 'The settings are not valid yet. See the highlighted fields.',
    'mail-invalid': 'The mail is not valid yet. See the highlighted fields.',
    'certificate-invalid': 'This certificate cannot be used.',
    'mail-disabled': 'Sending is disabled.',
    'mail-sending': 'The mail is being sent right now.',
    'mail-finished': 'The mail is already finished.',
    'quota-exceeded': 'A quota of your key is reached. Try again later.',
    'sender-not-allowed': 'Your key may not send from this address.',
    'recipient-not-allowed': 'Your key may not send to this recipient.',
    'rate-limited': 'Too many requests. Wait a moment.',
    'no-mailer': 'No mailer is available to do this.',
    'outcome-unknown': 'It is not yet known whether this took effect. Reload the page.',
    overloaded: 'The queue is full. Try again shortly.',
    stopping: 'The service is shutting down.',
    'log-unavailable': 'The log cannot be written at the moment.',
    'log-full': 'The log has run out of disk space.',
    'environment-confirmed': 'This was already confirmed.',
    'resource-in-use': 'This is in use and cannot be deleted.',
    unexpected: 'Unexpected error.',
  },
});

export function problemText({ code, message, reason }: ApiProblem): string {
  const known = sentences()[code];
  if (known === undefined) return message === '' ? code : message;
  if (reason !== '') return `${known} (${reason})`;
  return code === 'unexpected' && message !== '' ? `${known} (${message})` : known;
}

type Name = keyof Operations;
type PathKey<Route> = Route extends `${string}{${infer Key}}${infer Rest}` ? Key | PathKey<Rest> : never;
type Path<Route> = [PathKey<Route>] extends [never]
  ? unknown
  : { readonly path: Readonly<Record<PathKey<Route>, string | number>> };
type Query<Operation> = Operation extends { query: infer Given } ? { readonly query?: Given } : unknown;
type Body<Operation> = Operation extends { body: infer Given } ? { readonly body: Given } : unknown;
type Answer<Operation> = Operation extends { response: infer Given } ? Given : undefined;

/** What a call takes, as its operation defines it. */
type CallInput<N extends Name> = Path<N> & Query<Operations[N]> & Body<Operations[N]> & Common;

interface Common {
  readonly headers?: { readonly 'if-match'?: string; readonly 'idempotency-key'?: string };
}

interface LooseInput extends Common {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

let whenSignedOut: () => void = () => undefined;

/** The header of a change: it is refused if another version is current by then. */
export const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

/** Sets the listener for answers that say that nobody is signed in. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

/** Calls an operation of the API. Throws ApiProblem if the operation fails or there is no answer. */
export async function call<N extends Name>(name: N, input: CallInput<N>): Promise<Answer<Operations[N]>> {
  const { path = {}, query = {}, headers = {}, body } = input as LooseInput;
  const [method = '', pattern = ''] = name.split(' ');
  const url = `${fill(pattern, path)}${search(query)}`;
  const sent = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  // Relative, since a proxy may publish the service below a path of its own.
  const response = await fetch(`.${url}`, {
    method,
    credentials: 'same-origin',
    headers: { ...Object.fromEntries(sent), ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiProblem('offline', 0, '', []);
  });
  return read(response, name);
}

async function read<N extends Name>(response: Response, name: N): Promise<Answer<Operations[N]>> {
  const text = await response.text();
  const data: unknown = text === '' ? undefined : parse(text);
  if (response.ok) return data as Answer<Operations[N]>;
  const problem = problemOf(response.status, data);
  if (problem.code === 'unauthenticated' && name !== 'POST /v1/session') whenSignedOut();
  throw problem;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiProblem('unreadable', 0, text.slice(0, 200), []);
  }
}

function fill(pattern: string, path: Readonly<Record<string, unknown>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(path[key])));
}

function search(query: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()}`;
}
