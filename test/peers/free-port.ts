import { createServer } from 'node:net';

// Below the range the kernel hands out by itself, so that no outgoing connection takes a port between the look
// and the moment when the peer binds it.
const LOWEST = 20_000;
const COUNT = 12_000;

const randomPort = (): number => LOWEST + Math.floor(Math.random() * COUNT);

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A loopback port that is free now, for peers that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const port = randomPort();
  return (await isFree(port)) ? port : freePort();
}
