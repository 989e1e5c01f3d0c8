import { bytesIn, type Call, pathIn } from './system-calls.ts';

/** What was on the disk of the log when something left. */
export interface Order {
  /** Whether a record that holds this text was written and synced before the call began. */
  syncedBefore(text: string, call: Call): boolean;
  /** How often the log was synced. */
  readonly syncs: number;
}

const isLog = (path: string): boolean => path.endsWith('/events.db-wal');

export function createOrder(calls: readonly Call[]): Order {
  const ofTheLog = calls.filter(({ text, result }) => result >= 0 && isLog(pathIn(text)));
  const writes = ofTheLog
    .filter(({ name }) => name === 'pwrite64')
    .map(({ text, endedAt }) => ({ bytes: bytesIn(text), endedAt }));
  const syncs = ofTheLog.filter(({ name }) => name.endsWith('sync'));
  return {
    syncs: syncs.length,
    syncedBefore(text, call) {
      const needle = Buffer.from(text);
      const record = writes.find(({ bytes }) => bytes.includes(needle));
      return (
        record !== undefined &&
        syncs.some(({ beganAt, endedAt }) => beganAt > record.endedAt && endedAt < call.beganAt)
      );
    },
  };
}

/** The calls that give bytes to a socket, with what they give. */
function socketWrites(calls: readonly Call[]): readonly { readonly call: Call; readonly said: string }[] {
  return calls
    .filter(({ name, text }) => name.startsWith('write') && pathIn(text).startsWith('socket:'))
    .map((call) => ({ call, said: bytesIn(call.text).toString('latin1') }));
}

/** Each 202 that was written to a client, with the id of its mail. */
export const acceptancesIn = (calls: readonly Call[]): { readonly call: Call; readonly mailId: string }[] =>
  socketWrites(calls).flatMap(({ call, said }) => {
    const mailId = said.startsWith('HTTP/1.1 202') ? /"id":"([^"]+)"/.exec(said)?.[1] : undefined;
    return mailId === undefined ? [] : [{ call, mailId }];
  });

/** Each final dot that was written to a mail server, with the id of the mail before it: its Message-ID begins with that. */
export function dotsIn(calls: readonly Call[]): { readonly call: Call; readonly mailId: string }[] {
  const underWay = new Map<string, string>();
  return socketWrites(calls).flatMap(({ call, said }) => {
    const socket = call.text.split('>')[0] ?? '';
    const [, named] = /^Message-ID: <([^@]+)@/im.exec(said) ?? [];
    if (named !== undefined) underWay.set(socket, named);
    const mailId = underWay.get(socket);
    if (mailId === undefined || !/(^|\r\n)\.\r\n/.test(said)) return [];
    underWay.delete(socket);
    return [{ call, mailId }];
  });
}
