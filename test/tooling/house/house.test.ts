/** The depth of the house must not get worse: `npm run house` prints the figures that these limits hold. */
import { test } from 'tap';
import { measureHouse, sourcesBelow } from './figures.ts';

const limits = { files: 490, lines: 81_500, upwardImports: 0, privateMembers: 0, linesPerExportedName: 29 };

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

const settings = 'packages/contracts/src/settings';
/** Settings that decide nothing about secrets, with names that nothing else has. */
const plainSettings = {
  'outgoing-server': [
    'timeoutSeconds',
    'whenDisabled',
    'allowCleartextAuthentication',
    'gatewayCertificateId',
    'contentEncryption',
    'keyTransport',
    'rsaSignature',
  ],
  'exchange-connection': ['impersonation', 'saveSentCopy'],
};

test('a plain setting stands in its table and its texts, and on no way from the page to the log', async (t) => {
  // With the code that uses it, the test of that code and the changelog, a new one touches five files.
  const all = ['packages', 'services'].flatMap(sourcesBelow);
  const onTheWay = all.filter(({ path }) => {
    const [area, workspace = ''] = path.split('/');
    return area === 'services'
      ? workspace !== 'mailer'
      : ['contracts', 'settings', 'http'].includes(workspace);
  });
  for (const [kind, names] of Object.entries(plainSettings)) {
    for (const name of names) {
      const asCode = new RegExp(`(?:['/.]|[{,]\\s*|^ *)${name}\\b`, 'm');
      const found = onTheWay.filter(({ text }) => asCode.test(text)).map(({ path }) => path);
      t.strictSame(found.toSorted(), [`${settings}/${kind}-texts.ts`, `${settings}/${kind}.ts`], name);
    }
  }
});
