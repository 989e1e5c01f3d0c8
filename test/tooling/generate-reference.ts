/** Writes what docs/ repeat of the code: lists of codes, events and variables, and where the tests are. Tests compare. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { referenceDocument, referenceFile, referenceLists } from './reference-lists.ts';
import { withTestLinks } from './test-links.ts';

for (const name of Object.keys(referenceLists)) {
  writeFileSync(referenceFile(name), await referenceDocument(name));
}
for (const path of globSync('docs/**/*.md')) {
  writeFileSync(path, withTestLinks(readFileSync(path, 'utf8'), path));
}
