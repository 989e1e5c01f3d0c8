/** What the service makes of its disk: metrics, and nobody but the log may use what is kept for a full one. */
import { statfsSync } from 'node:fs';
import { type ContentStore, ContentStoreError } from '@postausgang/content-store';
import type { SqliteLog } from '@postausgang/event-log';
import { Gauge, type Registry } from 'prom-client';

type OwnLog = Pick<SqliteLog, 'stats' | 'readiness'>;

/** How often the log was synced; beside the number of mails it says how many of them share a sync. And how the disk is. */
export function addLogMetrics(registry: Registry, log: OwnLog, directory: string): void {
  const registers = [registry];
  const commits: Gauge = new Gauge({
    name: 'postausgang_log_commits',
    help: 'Commits of the embedded log since the start, each with one sync',
    registers,
    collect: () => commits.set(log.stats().commits),
  });
  const full: Gauge = new Gauge({
    name: 'postausgang_disk_full',
    help: '1 while the disk of the embedded log is full: mail is refused, settings and commands are not',
    registers,
    collect: () => full.set(isDiskFull(log) ? 1 : 0),
  });
  const free: Gauge = new Gauge({
    name: 'postausgang_disk_free_bytes',
    help: 'Free space on the disk of the data folder, without the reserve',
    registers,
    collect: () => free.set(freeBytes(directory)),
  });
}

export function isDiskFull(log: OwnLog): boolean {
  return log.readiness().failure?.code === 'log-full';
}

export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** On a full disk, content must not take the space that is kept for commands and outcomes. */
export function refusedOnFullDisk(store: ContentStore, log: OwnLog): ContentStore {
  return {
    ...store,
    put: (bytes) => (isDiskFull(log) ? Promise.reject(noRoomForContent()) : store.put(bytes)),
  };
}

function noRoomForContent(): ContentStoreError {
  return new ContentStoreError('content-full', 'The disk is full');
}
