import {
  createRepeatedSecrets,
  type RepeatedSecrets,
  revealSecret,
  type Secret,
} from '@postausgang/credentials';
import type { HttpsAnswer, HttpsClient } from './https-client.ts';

/** The answer without the secrets that its server was told. */
export function cutAnswer(answer: HttpsAnswer, told: RepeatedSecrets): HttpsAnswer {
  const text = answer.body.toString('utf8');
  const cut = told.cut(text);
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, told.cut(value)]);
  return {
    ...answer,
    headers: Object.fromEntries(headers),
    body: cut === text ? answer.body : Buffer.from(cut, 'utf8'),
  };
}

/**
 * Cuts out of every answer what a request before it, or it itself, proved an identity with: the token or message in its
 * `authorization`, and these secrets.
 */
export function withoutRepeatedSecrets(https: HttpsClient, ...secrets: readonly Secret[]): HttpsClient {
  const told = createRepeatedSecrets();
  told.know(...secrets.map(revealSecret));
  return {
    ...https,
    async request(request) {
      const [, proof = ''] = (request.headers?.['authorization'] ?? '').split(' ');
      told.know(proof);
      const result = await https.request(request);
      return result.kind === 'answer' ? cutAnswer(result, told) : result;
    },
  };
}
