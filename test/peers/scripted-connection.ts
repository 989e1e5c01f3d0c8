import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import type { Certificate } from './certificates.ts';
import { lines } from './smtp-script.ts';
import type { Action } from './smtp-script.ts';

export type ScriptedConnection = {
  perform: (action: Action) => void;
  /** Answers whatever the client sends next with it. */
  performInstead: (action: Action) => void;
  /** Goes over to TLS once everything written so far is out. */
  secure: (certificate: Certificate, options?: TLSSocketOptions) => void;
  /** Once it speaks TLS. */
  tls: () => TLSSocket | undefined;
  /** Dropped, reset or stalled: whatever else arrived with the same bytes does not count. */
  isDead: () => boolean;
};

const GARBAGE = Buffer.from('\u0000\u0007<html>\u00ff\u00fe no SMTP here\r\n\r\n', 'latin1');

/** The server's side of one connection: does what the script says, in order, even when told many things at once. */
export function createScriptedConnection(raw: Socket, onData: (chunk: Buffer) => void): ScriptedConnection {
  let socket: Socket = raw;
  let isDead = false;
  // A trickle takes its time; what is said later waits for it.
  let outgoing: Promise<void> = Promise.resolve();

  let instead: Action | undefined;

  const receive = (chunk: Buffer): void => {
    if (isDead) return;
    const action = instead;
    instead = undefined;
    if (action === undefined) onData(chunk);
    else perform(action);
  };
  const attach = (): void => {
    socket.on('error', () => socket.destroy());
    socket.on('data', receive);
  };
  const inOrder = (step: () => void | Promise<void>): void => {
    outgoing = outgoing.then(step, () => undefined);
  };
  const trickleOut = async (text: string, everyMs: number): Promise<void> => {
    for (const byte of Buffer.from(text)) {
      if (socket.destroyed || !socket.writable) return;
      socket.write(Buffer.of(byte));
      await sleep(everyMs, undefined, { ref: false });
    }
  };
  const end = (step: () => void): void => {
    isDead = true;
    inOrder(step);
  };

  const readSlowly = (everyMs: number): void => {
    socket.pause();
    const timer = setInterval(() => {
      socket.once('data', () => socket.pause());
      socket.resume();
    }, everyMs).unref();
    socket.once('close', () => clearInterval(timer));
  };

  const perform = (action: Action): void => {
    if (isDead) return;
    switch (action.do) {
      case 'reply':
        return inOrder(() => void socket.write(lines(action.text)));
      case 'trickle':
        return inOrder(() => trickleOut(action.text, action.everyMs));
      case 'garbage':
        return inOrder(() => void socket.write(GARBAGE));
      case 'drop':
        return end(() => void socket.end(action.text));
      case 'reset':
        // Of the raw socket: a TLS socket cannot send RST.
        return end(() => void raw.resetAndDestroy());
      case 'read-slowly':
        return readSlowly(action.everyMs);
      case 'stall':
        return end(() => void socket.pause());
      default:
        return action satisfies never;
    }
  };

  const secure = ({ key, certificate }: Certificate, options: TLSSocketOptions = {}): void => {
    raw.removeAllListeners('data');
    raw.pause();
    inOrder(() => {
      if (raw.destroyed) return;
      socket = new TLSSocket(raw, { isServer: true, key, cert: certificate, ...options });
      attach();
    });
  };

  const performInstead = (action: Action): void => {
    instead = action;
  };

  attach();
  const tls = (): TLSSocket | undefined => (socket instanceof TLSSocket ? socket : undefined);
  return { perform, performInstead, secure, tls, isDead: () => isDead };
}
