/*
 * The view in the meantime: what has not ended, and what comes from now on. It is folded by the same rules as the whole one,
 * within seconds, so that mail goes out while the whole one is still being built from the log.
 *
 * What it holds is exact. Whatever it cannot know exactly it leaves out, with everything that belongs to it:
 * - a mail that has ended: its row is dropped, its id stays known;
 * - a mail of which something is told after its end, or before its request;
 * - the later mails with the ordering key of such a mail, since they may have to wait for it.
 * Nothing that is left out is acted on, answered or declined before the whole view is there.
 */
import { join } from 'node:path';
import { createNew, removeDatabase } from './database.ts';
import type { LeftOut, MailView } from './mail-view.ts';
import { openView } from './view.ts';

const fileName = 'mail-view.interim.db';

/** What is in use until the whole view is there; see `LeftOut`. */
export interface InterimView {
  readonly view: MailView;
  /** Whether a mail is left to the whole view. */
  isLeftOut(id: string): boolean;
  /** The past is read. */
  endScan(): void;
}

/** Removes what a process has left that died with one. */
export function removeInterimView(directory: string): void {
  removeDatabase(join(directory, fileName));
}

/** Opens an empty one in the same directory. Its file goes when it is closed. */
export function openInterimView(directory: string): InterimView {
  const leftOut = createLeftOut();
  const path = join(directory, fileName);
  const database = createNew(path);
  // A process that dies begins again.
  database.exec('PRAGMA synchronous = OFF');
  const { view, rows } = openView(database, { directory }, leftOut);
  return {
    view: {
      ...view,
      dueBulks: () => [],
      dueCommands: (partitions, limit) =>
        view.dueCommands(partitions, limit).filter((due) => !leftOut.has(due.command.data.mailId, due.key)),
      close() {
        view.close();
        removeDatabase(path);
      },
    },
    isLeftOut: (id) => leftOut.isScanning() || leftOut.has(id, null),
    endScan() {
      leftOut.endScan();
      rows.flush();
      for (const { id } of database.prepare('SELECT id FROM mails WHERE ordering_key IS NOT NULL').all()) {
        const mail = view.get(String(id));
        if (mail !== undefined && leftOut.has(mail.id, mail.key)) {
          leftOut.add(mail.id, mail.key);
          rows.drop(mail.id, mail);
        }
      }
    },
  };
}

function createLeftOut(): LeftOut {
  const ids = new Set<string>();
  const keys = new Set<string>();
  let isScanning = true;
  return {
    has: (id, key) => ids.has(id) || (key !== null && keys.has(key)),
    ended: (id) => void ids.add(id),
    add(id, key) {
      ids.add(id);
      if (key !== null && key !== id) keys.add(key);
    },
    isScanning: () => isScanning,
    endScan: () => void (isScanning = false),
  };
}
