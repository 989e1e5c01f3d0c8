/**
 * The peer: a nodemailer pool that composes and sends, keeps nothing and tells nothing. In a process of its own, as
 * Postausgang is one, so that the CPU time of both can be compared.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import { attachmentOf, type Scenario } from './scenarios.ts';

export interface RawPool {
  readonly pid: number;
  /** Sends the mails of a scenario; says how long that took. */
  send(port: number, scenario: Scenario): Promise<number>;
  stop(): Promise<void>;
}

interface Order {
  readonly port: number;
  readonly connections: number;
  readonly scenario: Scenario;
}

export function startRawPool(connections: number): RawPool {
  const child = fork(fileURLToPath(import.meta.url));
  return {
    pid: child.pid ?? 0,
    async send(port, scenario) {
      const answered = once(child, 'message');
      child.send({ port, connections, scenario } satisfies Order);
      const [seconds] = await answered;
      return Number(seconds);
    },
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

async function sendAll({ port, connections, scenario }: Order): Promise<number> {
  const pool = createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
  });
  const content = attachmentOf(scenario);
  const attachments =
    content === undefined ? [] : [{ filename: 'rechnung.pdf', contentType: 'application/pdf', content }];
  const { text, count } = scenario;
  const subject = 'Rechnung 4711';
  const mail = { from: 'erp@acme.example', to: 'kunde@example.com', subject, text, attachments };
  let left = count;
  const sender = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await pool.sendMail(mail);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: connections * 2 }, sender));
  const seconds = (performance.now() - start) / 1000;
  pool.close();
  return seconds;
}

if (import.meta.main) {
  process.on('message', (order: Order) => void sendAll(order).then((seconds) => process.send?.(seconds)));
}
