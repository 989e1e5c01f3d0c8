import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { writeTogether } from '../../../../services/mailer/src/transports/smtp/session.ts';
import { listenOnLoopback } from '../../../peers/loopback-server.ts';

/** Connections to a server that gives back what it gets. */
async function openConnections(t: Test, count: number): Promise<readonly Socket[]> {
  const echo = createServer((socket) => void socket.pipe(socket));
  const { port, close } = await listenOnLoopback(echo);
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  t.teardown(async () => {
    sockets.forEach((socket) => socket.destroy());
    await close();
  });
  return sockets;
}

test('what is written in one turn leaves at its end, each connection as one piece', async (t) => {
  const sockets = await openConnections(t, 3);
  for (const socket of sockets) {
    writeTogether(socket);
    socket.write('a');
    writeTogether(socket);
    socket.write('b');
  }
  t.ok(
    sockets.every(({ writableLength }) => writableLength === 2),
    'held back',
  );
  await nextTurn();
  t.ok(
    sockets.every(({ writableLength }) => writableLength === 0),
    'gone',
  );
  const answers = sockets.map(async (socket) => String((await once(socket, 'data'))[0]));
  t.same(await Promise.all(answers), ['ab', 'ab', 'ab']);
});

test('a connection that ends meanwhile holds up no other', async (t) => {
  const [ended, other] = await openConnections(t, 2);
  if (ended === undefined || other === undefined) throw new Error('two were asked for');
  writeTogether(ended);
  writeTogether(other);
  other.write('a');
  ended.destroy();
  t.equal(String((await once(other, 'data'))[0]), 'a');
  writeTogether(other);
  other.write('b');
  t.equal(String((await once(other, 'data'))[0]), 'b', 'held back anew in the next turn');
});
