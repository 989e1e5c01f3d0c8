/** The way of one mail, one save and one connection test through the files must not get longer. */
import { test } from 'tap';
import { measureWalks, type Walk } from './walk.ts';

/** A little above what `npm run house` measures: what happens side by side is not always in the same order. */
const limits = {
  mail: { files: 119, changes: 830 },
  save: { files: 87, changes: 465 },
  connectionTest: { files: 107, changes: 880 },
} as const;

test('what flows through the house takes a short way', async (t) => {
  const walks = await measureWalks();
  for (const way of ['mail', 'save', 'connectionTest'] as const) {
    const { files, changes }: Walk = walks[way];
    t.ok(files > 10 && files <= limits[way].files, `${way}: ${files} files`);
    t.ok(changes > 10 && changes <= limits[way].changes, `${way}: ${changes} changes of file`);
  }
});
