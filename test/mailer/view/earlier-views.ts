import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What turns the tables of a version into those of the one before, by that one: the newest comes first. */
const steps: readonly (readonly [version: number, undo: string])[] = [
  [17, 'DROP INDEX actions_by_time; DROP INDEX actions_by_requester;'],
  [16, 'ALTER TABLE refusals DROP COLUMN about;'],
  [15, 'DROP TABLE actions; DROP TABLE action_answers;'],
  [14, 'ALTER TABLE refusals DROP COLUMN home;'],
  [13, 'DROP TABLE statistics;'],
  [12, 'DROP INDEX mails_by_flow; ALTER TABLE mails DROP COLUMN flow;'],
];

export const earlierVersions: readonly number[] = steps.map(([version]) => version);

/** Makes of a closed view one that an earlier release has left. */
export function makeEarlier(directory: string, version: number): void {
  const database = new DatabaseSync(join(directory, 'mail-view.db'));
  try {
    const undo = steps.filter(([one]) => one >= version).map(([, sql]) => sql);
    database.exec(`${undo.join(' ')} PRAGMA user_version = ${version};`);
  } finally {
    database.close();
  }
}
