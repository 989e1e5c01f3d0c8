import type { INetworkModule, NetworkRequestOptions } from '@azure/msal-node';
import type { Failure } from '@postausgang/contracts';
import type { HttpsClient } from '../http/https-client.ts';
import type { HttpsAnswer } from '../http/https-request.ts';

type Method = 'GET' | 'POST';

/** What went wrong with the last request: nobody answered, or the authority refused. */
export type NetworkProblem =
  | { readonly kind: 'no-answer'; readonly failure: Failure }
  | { readonly kind: 'refused'; readonly answer: HttpsAnswer };

/** MSAL's requests over our own https: with a deadline, by the rules for destinations, through the proxy. */
interface MsalNetwork {
  readonly module: INetworkModule;
  /** MSAL's errors do not say enough. */
  lastProblem(): NetworkProblem | undefined;
  forget(): void;
}

export function createMsalNetwork(https: HttpsClient): MsalNetwork {
  let problem: NetworkProblem | undefined;

  async function send<T>(method: Method, url: string, { headers, body }: NetworkRequestOptions = {}) {
    const content = body === undefined ? {} : { body: Buffer.from(body) };
    const result = await https.request({
      method,
      url,
      ...(headers === undefined ? {} : { headers }),
      ...content,
    });
    if (result.kind === 'no-answer') {
      problem = { kind: 'no-answer', failure: result.failure };
      throw new Error(result.failure.code);
    }
    if (result.status >= 400) problem = { kind: 'refused', answer: result };
    return { headers: { ...result.headers }, status: result.status, body: bodyOf<T>(result) };
  }

  return {
    module: {
      sendGetRequestAsync: (url, options) => send('GET', url, options),
      sendPostRequestAsync: (url, options) => send('POST', url, options),
    },
    lastProblem: () => problem,
    forget() {
      problem = undefined;
    },
  };
}

/** What is no JSON is told apart by its status alone. */
function bodyOf<T>({ body }: HttpsAnswer): T {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return {} as T;
  }
}
