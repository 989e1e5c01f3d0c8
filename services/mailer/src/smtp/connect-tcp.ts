import { connect, type Socket } from 'node:net';
import { type Failure, failure } from '@postausgang/contracts';
import { connectFailure } from './classify-network.ts';
import { smtpError } from './smtp-error.ts';

export type TcpConnection =
  | { readonly ok: true; readonly socket: Socket; readonly address: string }
  | { readonly ok: false; readonly failure: Failure };

/** An address that has not answered by then gives way to the next one, if there is one. */
const patienceMs = 5000;

/** Tries the addresses one after the other until one accepts, all of them together within `timeoutMs`. */
export async function connectTcp(
  addresses: readonly string[],
  port: number,
  timeoutMs: number,
): Promise<TcpConnection> {
  const deadline = performance.now() + timeoutMs;
  const failures: Failure[] = [];
  for (const [index, address] of addresses.entries()) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) break;
    const isLast = index === addresses.length - 1;
    const attempt = await connectTo(address, port, isLast ? leftMs : Math.min(leftMs, patienceMs));
    if (attempt.ok) return attempt;
    failures.push(attempt.failure);
  }
  return { ok: false, failure: mostTelling(failures) };
}

/** That one family has no route is normal; what another address answered says more. */
function mostTelling(failures: readonly Failure[]): Failure {
  const telling = failures.find(({ code }) => code !== 'network-unreachable');
  return telling ?? failures.at(-1) ?? failure('connection-timeout');
}

function connectTo(address: string, port: number, timeoutMs: number): Promise<TcpConnection> {
  const { promise, resolve } = Promise.withResolvers<TcpConnection>();
  const socket = connect({ host: address, port, noDelay: true });
  const give = (error: unknown): void => {
    socket.destroy();
    resolve({ ok: false, failure: connectFailure(error, address) });
  };
  const timer = setTimeout(() => give(smtpError('no answer', 'ETIMEDOUT')), timeoutMs);
  socket.once('error', give);
  socket.once('connect', () => {
    socket.off('error', give);
    // Under TLS nobody listens to this socket any more, and what breaks is told by the other one.
    socket.on('error', () => undefined);
    resolve({ ok: true, socket, address });
  });
  return promise.finally(() => clearTimeout(timer));
}
