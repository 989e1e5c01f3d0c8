/** The real engine, mailers and all, under histories that one seed decides. What fails is printed with its seed. */
import { join } from 'node:path';
import { test } from 'tap';
import { describeEngine, runEngineHistory } from './engine-histories.ts';
import { memoryDirectory } from './memory-directory.ts';

/** 20,000 with `npm run torture -- simulation`. */
const seeds = Number(process.env['TORTURE_ENGINE_SEEDS'] ?? 100);
const timeout = seeds > 1000 ? 4 * 60 * 60_000 : 200_000;
/**
 * Each has shown a fault. 55 and 76: mail that came while a lost view was completed stopped both views, where a mailer had
 * several partitions.
 */
const keptSeeds = [55, 76];

test('mailers keep every promise, whatever the log, the leases and the server do', { timeout }, async (t) => {
  const directory = await memoryDirectory(t);
  let folders = 0;
  const newDirectory = (): string => join(directory, String((folders += 1)));
  let [dots, answers] = [0, 0];
  for (const seed of new Set([...keptSeeds, ...Array.from({ length: seeds }, (_, n) => n + 1)])) {
    const one = await runEngineHistory(seed, newDirectory());
    if (one.broken !== null) t.fail(await describeEngine(seed, newDirectory, one));
    dots += one.dots;
    answers += one.answers;
  }
  t.comment(`figures: ${seeds} histories of the engine, ${dots} final dots, ${answers} answers`);
  t.ok(dots > seeds && answers > seeds, 'the histories are about something');
});
