import { Agent, request } from 'node:http';

/** What a load of requests has come to. */
export interface LoadResult {
  readonly seconds: number;
  readonly statuses: ReadonlyMap<number, number>;
}

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly count: number;
  readonly clients: number;
}

/** Posts the same body `count` times over `clients` kept-alive connections. */
export async function postMany({ url, headers, body, count, clients }: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const statuses = new Map<number, number>();
  let left = count;
  async function client(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const status = await postOne(agent, url, headers, body);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return { seconds: (performance.now() - start) / 1000, statuses };
}

function postOne(
  agent: Agent,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } };
    const sent = request(url, options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
