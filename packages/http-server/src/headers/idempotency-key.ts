import { finding } from '@postausgang/contracts';
import { ProblemError } from '../problems/problem-error.ts';

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
    detail: 'Idempotency-Key takes 1 to 200 visible ASCII characters. The finding points into the headers.',
    findings: [finding('/idempotency-key', 'wrong-format')],
  });
}
