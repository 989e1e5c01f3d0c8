/** The depth of the house must not get worse: `npm run house` prints the figures that these limits hold. */
import { test } from 'tap';
import { measureHouse } from './figures.ts';

const limits = { files: 320, lines: 56_000, upwardImports: 2, privateMembers: 2, linesPerExportedName: 29 };

test('the sources are few files with small doors', async (t) => {
  const house = measureHouse();
  t.ok(house.files <= limits.files, `${house.files} files`);
  t.ok(house.lines <= limits.lines, `${house.lines} lines`);
  t.ok(
    house.linesPerExportedName >= limits.linesPerExportedName,
    `${house.linesPerExportedName} lines a name`,
  );
  t.strictSame(house.longFiles, [], 'no file has more than 350 lines');
});

test('the folders of the mailer need each other in no circle', async (t) => {
  const { circles, upwardImports, privateMembers } = measureHouse();
  t.strictSame(circles, []);
  t.ok(upwardImports.length <= limits.upwardImports, upwardImports.join(', '));
  t.ok(privateMembers.length <= limits.privateMembers, privateMembers.join(', '));
});
