/** Where the embedded log lies, and the gate of the mailer in front of it. */
import { type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigApi } from '@postausgang/config-api';
import { failure, type LogPlace } from '@postausgang/contracts';
import type { SendingGate } from '@postausgang/mailer';
import { logFileName } from '@postausgang/event-log';

/**
 * Linux numbers file systems without a device of their own (btrfs, NFS, overlay) anew with each mount; their major number
 * is 0. Their number would be a false alarm after every restart of the machine.
 */
function deviceOf({ dev }: BigIntStats): string | null {
  const isAnonymous = process.platform === 'linux' && ((dev >> 8n) & 0xfffn) === 0n;
  return isAnonymous ? null : String(dev);
}

/** The folder that `cp` makes has another inode, and a restored file has, too. Rejects with the errors of the file system. */
export async function placeOf(directory: string): Promise<LogPlace> {
  const folder = await stat(directory, { bigint: true });
  const log = await stat(join(directory, logFileName), { bigint: true });
  return { device: deviceOf(folder), folder: String(folder.ino), log: String(log.ino) };
}

/** Closed while the environment is not known, or a person has to say what it is. */
export function gateOf(environment: ConfigApi['environment']): { readonly gate?: SendingGate } {
  if (environment === undefined) return {};
  const closedBy = () =>
    environment.heldFor() === null ? null : failure('environment-held', environment.heldFor() ?? '');
  return { gate: { known: environment.known, closedBy } };
}
