import { readdir, readFile } from 'node:fs/promises';
import { slopeOf } from './line-fit.ts';

interface Sample {
  readonly minutes: number;
  readonly residentMiB: number;
  readonly descriptors: number;
}

export interface Sampling {
  /** Ends it; what was seen after the warm-up. */
  end(): {
    readonly samples: number;
    readonly residentMiB: number;
    readonly mebibytesPerMinute: number;
    readonly descriptorsPerMinute: number;
    readonly mostDescriptors: number;
  };
}

const everyMs = 500;
/** The memory of a process settles first. */
const warmUpShare = 0.5;

/** Looks at memory and file descriptors of a process (Linux) twice a second. */
export function sampleProcess(pid: number): Sampling {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const take = async (): Promise<void> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
    samples.push({
      minutes: (performance.now() - startedAt) / 60_000,
      residentMiB: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024,
      descriptors,
    });
  };
  const timer = setInterval(() => void take().catch(() => undefined), everyMs);
  return {
    end() {
      clearInterval(timer);
      const warm = samples.slice(Math.floor(samples.length * warmUpShare));
      return {
        samples: warm.length,
        residentMiB: warm.at(-1)?.residentMiB ?? 0,
        mebibytesPerMinute: slopeOf(warm.map(({ minutes, residentMiB }) => [minutes, residentMiB])),
        descriptorsPerMinute: slopeOf(warm.map(({ minutes, descriptors }) => [minutes, descriptors])),
        mostDescriptors: Math.max(...warm.map(({ descriptors }) => descriptors)),
      };
    },
  };
}
