/**
 * Space that is kept for what must be written on a full disk. It is a file of random bytes beside the log, so it takes
 * blocks that nobody else can have, also where the file system compresses. When a commit that may use it finds no room,
 * the file is cut by a part, and its blocks are free. It grows back when there is space again.
 *
 * One thread at a time may change it: the one that opens the log and has locked its folder, then the writer. What may
 * fail: something else on the disk takes the blocks before the commit does; then more is given up, until nothing is
 * left.
 */
import { randomFillSync } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, statfsSync, statSync, truncateSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the reserve is, and how large it is when nothing of it is in use. */
export interface ReservePlan {
  readonly path: string;
  readonly sizeBytes: number;
}

const mebibyte = 1024 * 1024;
const largestBytes = 8 * mebibyte;
/** A small disk gives up a sixteenth. */
const shareOfDisk = 16;
/** A part of its size that has to stay free when it grows back, so that mail does not at once take what is left. */
const marginShare = 4;
/** Opening the log and the view takes less. */
const openingBytes = mebibyte;
const pieceBytes = mebibyte / 4;

/** The reserve of a folder: a share of its disk, with an upper bound. */
export function planReserve(directory: string): ReservePlan {
  const { blocks, bsize } = statfsSync(directory);
  const share = Math.floor((blocks * bsize) / shareOfDisk);
  return { path: join(directory, 'reserve.bin'), sizeBytes: Math.min(largestBytes, share) };
}

/** What is free on the disk for a process that is not root, in bytes. */
function freeBytesFor({ path }: ReservePlan): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}

export interface Reserve {
  /** What is free on its disk, in bytes. */
  freeBytes(): number;
  /** Whether nothing of it is in use. */
  isWhole(): boolean;
  /** Gives up about so many bytes. False: nothing is left. */
  giveUp(sizeBytes: number): boolean;
  /** Takes everything back, where the disk has room for it. Says whether it is whole. */
  restore(): boolean;
}

export function createReserve(plan: ReservePlan): Reserve {
  let whole = sizeOf(plan) === plan.sizeBytes;
  return {
    freeBytes: () => freeBytesFor(plan),
    isWhole: () => whole,
    giveUp(sizeBytes) {
      const heldBytes = sizeOf(plan);
      if (heldBytes === 0) {
        return false;
      }
      whole = false;
      truncateSync(plan.path, Math.max(0, heldBytes - sizeBytes));
      return true;
    },
    restore() {
      whole = whole || grow(plan);
      return whole;
    },
  };
}

/** Lets a service start on a disk that is full: nothing can be opened without a few pages. */
export function makeRoomToOpen(plan: ReservePlan): void {
  const missingBytes = openingBytes - freeBytesFor(plan);
  if (missingBytes > 0) {
    createReserve(plan).giveUp(missingBytes);
  }
}

function sizeOf({ path }: ReservePlan): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Writes what is missing. A file of an earlier start on a larger disk is cut. */
function grow(plan: ReservePlan): boolean {
  try {
    const file = openSync(plan.path, 'a', 0o600);
    try {
      return fill(file, plan);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

function fill(file: number, plan: ReservePlan): boolean {
  const { sizeBytes } = plan;
  const heldBytes = sizeOf(plan);
  if (heldBytes > sizeBytes) {
    ftruncateSync(file, sizeBytes);
  }
  const missingBytes = Math.max(0, sizeBytes - heldBytes);
  if (missingBytes > 0 && freeBytesFor(plan) < missingBytes + sizeBytes / marginShare) {
    return false;
  }
  for (let leftBytes = missingBytes; leftBytes > 0;) {
    leftBytes -= writeSync(file, randomFillSync(Buffer.alloc(Math.min(pieceBytes, leftBytes))));
  }
  return true;
}
