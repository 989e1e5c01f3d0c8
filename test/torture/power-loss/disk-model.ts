import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { bytesIn, type Call, lastNumberIn, namesIn, pathIn } from './system-calls.ts';

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly length: number };

interface File {
  /** What survives for certain. */
  durable: Buffer;
  /** Written since the last sync: may survive, or not, or in part. */
  pending: { readonly endedAt: number; readonly change: Change }[];
  liveLength: number;
}

/** A name that was given or taken since the last sync of its folder. */
interface NameChange {
  readonly endedAt: number;
  readonly path: string;
  readonly file: File | undefined;
}

/** A disk that keeps for certain only what was synced: the bytes of a file by its own sync, its name by that of its folder. */
export interface DiskModel {
  /** Takes part in what a call that has ended did. */
  apply(call: Call): void;
  /** What may be found after a loss of power at this moment, in a folder. `keep` says of each unsynced change whether it is there. */
  rebuild(target: string, keep: () => 'all' | 'none' | 'half'): void;
}

export function createDiskModel(folder: string): DiskModel {
  const live = new Map<string, File>();
  const names = new Map<string, File>();
  let pendingNames: NameChange[] = [];
  for (const path of filesBelow(folder)) {
    const durable = readFileSync(path);
    const file: File = { durable, pending: [], liveLength: durable.length };
    live.set(path, file);
    names.set(path, file);
  }
  const rename = (path: string, file: File | undefined, endedAt: number): void => {
    if (file === undefined) live.delete(path);
    else live.set(path, file);
    pendingNames.push({ path, file, endedAt });
  };
  const write = (path: string, change: Change, endedAt: number): void => {
    const file = live.get(path);
    if (file === undefined) return;
    file.pending.push({ change, endedAt });
    file.liveLength =
      'length' in change ? change.length : Math.max(file.liveLength, change.at + change.bytes.length);
  };
  const sync = (path: string, beganAt: number): void => {
    const isCertain = ({ endedAt }: { readonly endedAt: number }): boolean => endedAt < beganAt;
    const file = live.get(path);
    if (file !== undefined) {
      file.durable = changed(
        file.durable,
        file.pending.filter(isCertain).map(({ change }) => change),
      );
      file.pending = file.pending.filter((each) => !isCertain(each));
    }
    const settled = pendingNames.filter((each) => dirname(each.path) === path && isCertain(each));
    for (const { path: name, file: named } of settled) {
      if (named === undefined) names.delete(name);
      else names.set(name, named);
    }
    pendingNames = pendingNames.filter((each) => !settled.includes(each));
  };
  return {
    apply({ name, text, result, beganAt, endedAt }) {
      if (result < 0) return;
      const path = pathIn(text);
      switch (name) {
        case 'openat': {
          const [opened = ''] = namesIn(text);
          if (text.includes('O_CREAT') && opened.startsWith(folder) && !live.has(opened)) {
            rename(opened, { durable: Buffer.alloc(0), pending: [], liveLength: 0 }, endedAt);
          }
          return;
        }
        case 'rename': {
          const [from = '', to = ''] = namesIn(text);
          const file = live.get(from);
          if (file === undefined) return;
          rename(to, file, endedAt);
          return rename(from, undefined, endedAt);
        }
        case 'unlink':
          return rename(namesIn(text)[0] ?? '', undefined, endedAt);
        case 'pwrite64':
          return write(path, { at: lastNumberIn(text), bytes: bytesIn(text) }, endedAt);
        case 'write':
          return write(path, { at: live.get(path)?.liveLength ?? 0, bytes: bytesIn(text) }, endedAt);
        case 'ftruncate':
          return write(path, { length: lastNumberIn(text) }, endedAt);
        case 'fsync':
        case 'fdatasync':
          return sync(path, beganAt);
      }
    },
    rebuild(target, keep) {
      const found = new Map(names);
      for (const { path, file } of pendingNames) {
        if (keep() === 'none') continue;
        if (file === undefined) found.delete(path);
        else found.set(path, file);
      }
      for (const [path, { durable, pending }] of found) {
        const bytes = pending.reduce((so, { change }) => torn(so, change, keep()), durable);
        const place = join(target, relative(folder, path));
        mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
        writeFileSync(place, bytes, { mode: 0o600 });
      }
    },
  };
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** The bytes after changes, one after the other. */
function changed(bytes: Buffer, changes: readonly Change[]): Buffer {
  const ends = changes.map((change) =>
    'length' in change ? change.length : change.at + change.bytes.length,
  );
  const result = Buffer.alloc(Math.max(bytes.length, ...ends));
  bytes.copy(result);
  let { length } = bytes;
  for (const [index, change] of changes.entries()) {
    if ('length' in change) {
      result.fill(0, change.length);
      length = change.length;
    } else {
      change.bytes.copy(result, change.at);
      length = Math.max(length, ends[index] ?? 0);
    }
  }
  return result.subarray(0, length);
}

const sectorBytes = 512;

/** A change that was not synced, as far as it has come to the disk. */
function torn(bytes: Buffer, change: Change, kept: 'all' | 'none' | 'half'): Buffer {
  if (kept === 'none') return bytes;
  if (kept === 'all' || 'length' in change) return changed(bytes, [change]);
  const sectors = Math.ceil(change.bytes.length / sectorBytes / 2);
  return changed(bytes, [{ at: change.at, bytes: change.bytes.subarray(0, sectors * sectorBytes) }]);
}
