import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SinkCounts } from './node-sink.ts';

export type NodeSinkProcess = {
  host: '127.0.0.1';
  port: number;
  pid: number;
  counts: () => Promise<SinkCounts>;
  stop: () => Promise<void>;
};

/** The sink on a core of its own, so that a load measurement does not measure the sink. */
export async function startNodeSinkProcess(): Promise<NodeSinkProcess> {
  const program = fileURLToPath(new URL('node-sink.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the sink process has ended');
    return value;
  };
  const port = Number(await nextLine());
  const counts = async (): Promise<SinkCounts> => {
    child.stdin.write('counts\n');
    return JSON.parse(await nextLine()) as SinkCounts;
  };
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await exited;
  };
  return { host: '127.0.0.1', port, pid: child.pid ?? 0, counts, stop };
}
