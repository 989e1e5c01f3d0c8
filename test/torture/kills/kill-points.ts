/**
 * Loaded into a service under test (`--import`), in its main thread and in its workers: ends the process by SIGKILL at an
 * exact point, the n-th time it comes there (`KILL_AT=before-dot:17`). It hooks what the service calls of Node, not the
 * service, so nothing of this is in the product. A point that is never reached is noticed by whoever waits for it.
 */
import { Socket } from 'node:net';
import { DatabaseSync, type StatementResultingChanges, StatementSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

const [wanted = '', countText = '1'] = (process.env['KILL_AT'] ?? '').split(':');
let left = Number(countText);

function reached(point: string): void {
  if (point !== wanted) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

/** The events whose commit is a point, by what stands in their type. */
const eventNames: Readonly<Record<string, string>> = {
  'mail-requested': 'request',
  'mail-attempt-started': 'intent',
  'mail-sent': 'outcome',
};
const inTransaction = new Set<string>();

function noteEvents(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value !== 'string') continue;
    for (const [type, name] of Object.entries(eventNames)) {
      if (value.includes(`io.postausgang.${type}.`)) inTransaction.add(name);
    }
  }
}

function aroundCommit<Result>(commit: () => Result): Result {
  const names = isMainThread ? ['view'] : [...inTransaction];
  inTransaction.clear();
  for (const name of names) reached(`before-${name}-commit`);
  const result = commit();
  for (const name of names) reached(`after-${name}-commit`);
  return result;
}

type Run = (this: StatementSync, ...values: unknown[]) => StatementResultingChanges;

function hookDatabase(): void {
  const run = StatementSync.prototype.run as Run;
  const hooked: Run = function (...values) {
    if (this.sourceSQL === 'COMMIT') return aroundCommit(() => run.apply(this, values));
    noteEvents(values);
    return run.apply(this, values);
  };
  StatementSync.prototype.run = hooked as typeof StatementSync.prototype.run;
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    return sql === 'COMMIT' ? aroundCommit(() => exec.call(this, sql)) : exec.call(this, sql);
  };
}

const textOf = (chunk: unknown): string =>
  typeof chunk === 'string'
    ? chunk
    : chunk instanceof Uint8Array
      ? Buffer.from(chunk).toString('latin1')
      : '';

const isContent = (text: string): boolean => /^Message-ID: /im.test(text);

type Write = (this: Socket, ...values: unknown[]) => boolean;

function hookSockets(): void {
  const awaitsReply = new WeakSet<Socket>();
  const write = Socket.prototype.write as Write;
  const hooked: Write = function (...values) {
    const text = textOf(values[0]);
    const hasDot = text.startsWith('.\r\n') || text.includes('\r\n.\r\n');
    const isAcceptance = text.startsWith('HTTP/1.1 202');
    if (wanted === 'mid-content' && left === 1 && isContent(text)) {
      write.call(this, Buffer.from(text.slice(0, text.length / 2), 'latin1'));
    }
    if (isContent(text)) reached('mid-content');
    if (hasDot) reached('before-dot');
    if (isAcceptance) reached('before-202');
    const result = write.apply(this, values);
    if (hasDot) reached('after-dot');
    if (isAcceptance) reached('after-202');
    if (hasDot) awaitsReply.add(this);
    return result;
  };
  Socket.prototype.write = hooked as typeof Socket.prototype.write;
  const emit = Socket.prototype.emit as (this: Socket, ...values: unknown[]) => boolean;
  Socket.prototype.emit = function (this: Socket, ...values: unknown[]) {
    if (values[0] === 'data' && awaitsReply.delete(this)) reached('after-reply');
    return emit.apply(this, values);
  } as typeof Socket.prototype.emit;
}

if (wanted !== '') {
  hookDatabase();
  if (isMainThread) hookSockets();
}
