import { connect, createServer, type Socket } from 'node:net';
import { listenOnLoopback } from '../loopback-server.ts';

/** Stands between a client of Kafka and its broker, and keeps back what the client writes. */
export interface HoldingProxy {
  readonly port: number;
  /** Where it leads to, `host:port`. */
  lead(broker: string): void;
  /** The next records for a topic with this name, and everything after them, stay here; resolves when they have come. */
  holdRecords(topic: string): Promise<void>;
  /** Lets everything go on its way, in its order. */
  letGo(): void;
  stop(): Promise<void>;
}

/** Of the first request that writes records; https://kafka.apache.org/protocol: size (4 bytes), then the key (2 bytes). */
const produceKey = 0;
const sizeBytes = 4;

export async function startHoldingProxy(): Promise<HoldingProxy> {
  let broker = '';
  let wanted: { readonly topic: string; readonly came: () => void } | undefined;
  let isHolding = false;
  let held: (() => void)[] = [];
  const pass = (request: Buffer, server: Socket): void => {
    const isWanted =
      wanted !== undefined && request.readInt16BE(sizeBytes) === produceKey && request.includes(wanted.topic);
    if (isWanted) {
      isHolding = true;
      wanted?.came();
      wanted = undefined;
    }
    if (isHolding) held.push(() => server.write(request));
    else server.write(request);
  };
  const proxy = createServer((client) => {
    const [host = '', port = ''] = broker.split(':');
    const server = connect(Number(port), host);
    let rest = Buffer.alloc(0);
    client.on('data', (chunk) => {
      rest = Buffer.concat([rest, Buffer.from(chunk)]);
      while (rest.length >= sizeBytes && rest.length >= sizeBytes + rest.readInt32BE(0)) {
        const end = sizeBytes + rest.readInt32BE(0);
        pass(rest.subarray(0, end), server);
        rest = rest.subarray(end);
      }
    });
    server.pipe(client);
    // A connection that its client has given up stays open to the broker while something is held for it.
    client.on('error', () => undefined);
    client.once('close', () => (isHolding ? held.push(() => server.end()) : server.end()));
    server.on('error', () => client.destroy());
    server.once('close', () => client.destroy());
  });
  const { port, close } = await listenOnLoopback(proxy);
  return {
    port,
    lead: (address) => void (broker = address),
    holdRecords: (topic) => new Promise((came) => (wanted = { topic, came })),
    letGo() {
      isHolding = false;
      const all = held;
      held = [];
      all.forEach((go) => go());
    },
    stop: close,
  };
}
