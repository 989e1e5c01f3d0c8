import { readFile } from 'node:fs/promises';

/** What the operating system says of a process, all of its threads together. */
export interface ProcessUsage {
  readonly cpuMs: number;
  readonly residentMb: number;
}

/** `getconf CLK_TCK` of every Linux there is. */
const ticksPerSecond = 100;
const bytesPerPage = 4096;
const bytesPerMegabyte = 1_000_000;

/** Undefined where there is no /proc (other systems than Linux). */
export async function usageOf(pid: number): Promise<ProcessUsage | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the fields are counted after it (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [userTicks, systemTicks, pages] = [fields[11], fields[12], fields[21]].map(Number);
    return {
      cpuMs: (((userTicks ?? 0) + (systemTicks ?? 0)) * 1000) / ticksPerSecond,
      residentMb: ((pages ?? 0) * bytesPerPage) / bytesPerMegabyte,
    };
  } catch {
    return undefined;
  }
}
