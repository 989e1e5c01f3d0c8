/*
 * Requests to the API of the service, and what can go wrong: a problem (RFC 9457) with a code and findings, or no answer.
 * A call names its method and path; the client knows what it takes and answers.
 */
import { type Call, createCall, PostausgangProblem as ApiProblem } from '@postausgang/client';
import { problems } from '#forms';
import { sentence, texts } from '../i18n.ts';

export { PostausgangProblem as ApiProblem, ifMatch } from '@postausgang/client';

/** A finding of the service, or one of the page itself. */
export interface Finding {
  readonly pointer: string;
  readonly code: string;
  readonly message: { readonly de: string; readonly en: string };
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiProblem(0, { code: 'unexpected', detail });
}

/** What only the page can meet: no answer, one that is no problem of the API, or a mistake of its own. */
const sentences = texts({
  de: {
    offline: 'Der Dienst antwortet nicht. Sobald er wieder erreichbar ist, geht es hier weiter.',
    unreadable:
      'Die Antwort ist nicht lesbar. Vielleicht kam sie nicht vom Dienst, sondern von einem Proxy davor.',
    unexpected: 'Unerwarteter Fehler.',
  },
  en: {
    offline: 'The service is not responding. This page updates as soon as it is available again.',
    unreadable: 'The answer cannot be read. It may have come from a proxy in front of the service.',
    unexpected: 'Unexpected error.',
  },
});

const isOurs = (code: string): code is keyof ReturnType<typeof sentences> => Object.hasOwn(sentences(), code);

/** Whether this is a problem that the page has sentences for. */
export const isProblemCode = (code: string | undefined): code is string =>
  code !== undefined && Object.hasOwn(problems, code);

/** What a person reads of a problem, in the current language. A code that the page does not know stands in brackets. */
export function problemText({ code, message, reason }: ApiProblem): string {
  const known = Object.hasOwn(problems, code) ? problems[code] : undefined;
  if (known !== undefined) return reason === undefined ? sentence(known) : `${sentence(known)} (${reason})`;
  if (code === 'unexpected' && message !== '') return `${sentences().unexpected} (${message})`;
  return isOurs(code) ? sentences()[code] : `${sentences().unexpected} (${code})`;
}

// Relative, since a proxy may publish the service below a path of its own. A person decides what is tried again.
const request = createCall({ url: '.', tries: 1 });

let whenSignedOut: () => void = () => undefined;

/** Sets the listener for answers that say that nobody is signed in. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

/** Calls an operation of the API. Throws ApiProblem if the operation fails or there is no answer. */
export const call: Call = async (name, input) => {
  try {
    return await request(name, input);
  } catch (error) {
    const isSignedOut = error instanceof ApiProblem && error.code === 'unauthenticated';
    if (isSignedOut && name !== 'POST /v1/session') whenSignedOut();
    throw error;
  }
};
