import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type StoredMessage = {
  file: string;
  bytes: Buffer;
  text: string;
  /** Envelope recipient this copy was delivered for. */
  recipient: string;
  /** Envelope sender; empty for bounces. */
  sender: string;
};

/** Everything in the Maildir's `new` folder, oldest first; one file for each envelope recipient. */
export async function readMaildir(maildir: string): Promise<StoredMessage[]> {
  const folder = join(maildir, 'new');
  const names = await readdir(folder).catch(() => []);
  const messages = await Promise.all(names.map((name) => readMessage(join(folder, name))));
  return messages.sort((one, other) => deliveryOrder(one.file).localeCompare(deliveryOrder(other.file)));
}

async function readMessage(file: string): Promise<StoredMessage> {
  const bytes = await readFile(file);
  const text = bytes.toString('utf8');
  const head = text.slice(0, text.indexOf('\n\n') + 1);
  const header = (name: string): string => new RegExp(`^${name}: <?([^>\\n]*)`, 'm').exec(head)?.[1] ?? '';
  return { file, bytes, text, recipient: header('X-Original-To'), sender: header('Return-Path') };
}

/** Names are SECONDS.V…I…M<microseconds>.host: the two times make an order. */
function deliveryOrder(file: string): string {
  const [, seconds = '', micros = ''] = /\/(\d+)\.[^/]*?M(\d+)\.[^/]*$/.exec(file) ?? [];
  return `${seconds}.${micros.padStart(6, '0')}`;
}
