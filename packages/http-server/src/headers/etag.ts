import { finding } from '@postausgang/contracts';
import { ProblemError } from '../problems/problem-error.ts';

/** The strong entity tag of a version: 43 is `"43"`. */
export function formatEtag(version: number): string {
  return `"${version}"`;
}

/** Which version a write expects: one, or whichever there is (`*`). */
export type ExpectedVersion =
  { readonly kind: 'version'; readonly version: number } | { readonly kind: 'any' };

const strongTag = /^"([\x21\x23-\x7e]*)"$/;
const versionText = /^(0|[1-9]\d{0,14})$/;

function malformed(): ProblemError {
  return new ProblemError('request-invalid', {
    detail: 'If-Match takes one strong entity tag, such as "43", or *. The finding points into the headers.',
    findings: [finding('/if-match', 'wrong-format')],
  });
}

/**
 * Reads `If-Match` (RFC 9110 §13.1.1) for a write that must not overwrite a change it has not seen. Missing is
 * `precondition-required`; weak tags and lists are `request-invalid`; a tag that was never ours is a
 * `version-conflict`, as it can match nothing.
 */
export function requireIfMatch(header: string | undefined): ExpectedVersion {
  if (header === undefined) {
    throw new ProblemError('precondition-required', {
      detail: 'Send If-Match with the ETag of what was read.',
    });
  }
  const text = header.trim();
  if (text === '*') return { kind: 'any' };
  const tag = strongTag.exec(text)?.[1];
  if (tag === undefined) throw malformed();
  if (!versionText.test(tag))
    throw new ProblemError('version-conflict', { detail: `There is no version ${text}.` });
  return { kind: 'version', version: Number(tag) };
}

/**
 * Whether a read can be answered with 304 (RFC 9110 §13.1.2): the client has this version already. The comparison is
 * weak, lists and `*` are allowed, and anything else counts as no match.
 */
export function isNotModified(ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(formatEtag(version));
}
