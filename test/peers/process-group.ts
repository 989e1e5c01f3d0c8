import { readdir, readFile } from 'node:fs/promises';
import { waitFor } from './wait-for.ts';

const PATIENCE_MS = 5_000;

/** Process ids in a group. Ended ones that nobody has reaped (containers without an init) do not count. */
export async function processGroup(group: number): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const inGroup = await Promise.all(
    ids.map(async (id) => {
      const stat = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => '');
      // pid (name) state parent group: the name may contain anything, so count from its end.
      const [state, , processGroupId] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state !== 'Z' && Number(processGroupId) === group;
    }),
  );
  return ids.filter((_, index) => inGroup[index]);
}

/** Ends the leader, which ends its group; whoever stays is killed. */
export async function endProcessGroup(leader: number): Promise<void> {
  send(leader, 'SIGTERM');
  const gone = async (): Promise<true | undefined> =>
    (await processGroup(leader)).length === 0 ? true : undefined;
  try {
    await waitFor(`the end of process group ${leader}`, gone, PATIENCE_MS);
  } catch {
    for (const id of await processGroup(leader)) send(id, 'SIGKILL');
    await waitFor(`the end of process group ${leader}`, gone, PATIENCE_MS);
  }
}

function send(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(id, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
