import type { IncomingHttpHeaders } from 'node:http';
import { finding } from '@postausgang/contracts';
import Negotiator from 'negotiator';
import { ProblemError } from './problems.ts';

const quotedKey = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const bareKey = /^[\x21\x23-\x7e]+$/;
const visible = /^[\x21-\x7e]{1,200}$/;

function unquote(text: string): string | undefined {
  return quotedKey.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
}

/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header: a string of RFC 8941 §3.3.3). The key also comes
 * bare, as most clients send it; `"a"` and `a` are the same key. 1 to 200 visible ASCII characters, else
 * `request-invalid`. Undefined: there is none.
 */
export function parseIdempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = [header].flat().join(', ').trim();
  const key = bareKey.test(text) ? text : unquote(text);
  if (key !== undefined && visible.test(key)) return key;
  throw new ProblemError('request-invalid', {
    detail:
      'Idempotency-Key must have 1 to 200 visible ASCII characters. The finding points into the headers.',
    findings: [finding('/idempotency-key', 'wrong-format')],
  });
}

/** What a client would like (RFC 7240). None of it is a demand: what is not understood is ignored. */
interface Prefer {
  /** `wait=30`: how long the client would wait for the outcome, at most 60 s. */
  readonly waitSeconds: number | undefined;
  /** `wait=applied`: until all mailers have reported. */
  readonly waitApplied: boolean;
  /** `respond-async`: rather 202 than waiting. */
  readonly respondAsync: boolean;
}

const maxWaitSeconds = 60;

const preference = /^([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s";,]+)))?\s*(?:;.*)?$/i;

/** Of a preference that comes twice only the first counts (RFC 7240 §2). */
function preferencesOf(header: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of header.split(',')) {
    const [, name, quoted, token] = preference.exec(part.trim()) ?? [];
    if (name === undefined || found.has(name.toLowerCase())) continue;
    found.set(name.toLowerCase(), quoted ?? token ?? '');
  }
  return found;
}

export function parsePrefer(header: string | readonly string[] | undefined): Prefer {
  const preferences = preferencesOf([header ?? ''].flat().join(','));
  const wait = preferences.get('wait') ?? '';
  return {
    waitSeconds: /^\d{1,9}$/.test(wait) ? Math.min(Number(wait), maxWaitSeconds) : undefined,
    waitApplied: wait === 'applied',
    respondAsync: preferences.has('respond-async'),
  };
}

/** The value of `Preference-Applied` for what was honored; undefined: send no such header. */
export function preferenceApplied(honored: Partial<Prefer>): string | undefined {
  const applied = [
    ...(honored.respondAsync === true ? ['respond-async'] : []),
    ...(honored.waitApplied === true ? ['wait=applied'] : []),
    ...(honored.waitSeconds === undefined ? [] : [`wait=${honored.waitSeconds}`]),
  ];
  return applied.length === 0 ? undefined : applied.join(', ');
}

/** The strong entity tag of a version: 43 is `"43"`. */
export function formatEtag(version: number): string {
  return `"${version}"`;
}

/** Which version a write expects: one, or whichever there is (`*`). */
type ExpectedVersion = { readonly kind: 'version'; readonly version: number } | { readonly kind: 'any' };

const entityTag = /^(?:W\/)?"([\x21\x23-\x7e]*)"$/;
/** What Apache and others append to the tag of what they have compressed. */
const compressedSuffix = /(?<=^\d+)-{1,2}(?:gzip|br|deflate|zstd)$/;
const versionText = /^(0|[1-9]\d{0,14})$/;

function malformed(): ProblemError {
  return new ProblemError('request-invalid', {
    detail: 'If-Match must be one entity tag, such as "43", or *. The finding points into the headers.',
    findings: [finding('/if-match', 'wrong-format')],
  });
}

/**
 * Reads `If-Match` (RFC 9110 §13.1.1) for a write that must not overwrite a change it has not seen. Missing is
 * `precondition-required`; a list is `request-invalid`; a tag that was never ours is a `version-conflict`, as it can match
 * nothing. A proxy that compresses makes our tags weak (`W/"43"`, nginx) or appends to them (`"43-gzip"`, Apache): they
 * still name the version, whatever the bytes.
 */
export function requireIfMatch(header: string | undefined): ExpectedVersion {
  if (header === undefined) {
    throw new ProblemError('precondition-required', {
      detail: 'Send If-Match with the ETag of the version that was read.',
    });
  }
  const text = header.trim();
  if (text === '*') return { kind: 'any' };
  const tag = versionTagOf(text);
  if (tag === undefined) throw malformed();
  if (!versionText.test(tag))
    throw new ProblemError('version-conflict', { detail: `There is no version ${text}.` });
  return { kind: 'version', version: Number(tag) };
}

/** Without what a proxy has made of it; undefined when it is no entity tag. */
function versionTagOf(text: string): string | undefined {
  return entityTag.exec(text)?.[1]?.replace(compressedSuffix, '');
}

/**
 * Whether a read can be answered with 304 (RFC 9110 §13.1.2): the client has this version already. The comparison is
 * weak, lists and `*` are allowed, and anything else counts as no match.
 */
export function isNotModified(ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => versionTagOf(tag.trim()) === String(version));
}

interface Asking {
  readonly headers: IncomingHttpHeaders;
}

/** Whether the client would rather have HTML than JSON (`Accept`, RFC 9110 §12.5.1). Without a preference it gets JSON. */
export function prefersHtml({ headers }: Asking): boolean {
  return new Negotiator({ headers }).mediaType(['application/json', 'text/html']) === 'text/html';
}

/** The languages in which the product speaks to people. */
export type Language = 'de' | 'en';

/** The language that the client prefers (`Accept-Language`, RFC 9110 §12.5.4); English where it takes neither. */
export function preferredLanguage({ headers }: Asking): Language {
  return new Negotiator({ headers }).language(['en', 'de']) === 'de' ? 'de' : 'en';
}
