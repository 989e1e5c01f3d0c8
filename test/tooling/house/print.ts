/** `npm run house`: the figures of the house as they are. */
import { measureHouse } from './figures.ts';
import { measureWalks } from './walk.ts';

const { longFunctions, longFiles, circles, upwardImports, privateMembers, ...sizes } = measureHouse();
console.log(sizes);
for (const [title, found] of Object.entries({
  longFunctions,
  longFiles,
  circles,
  upwardImports,
  privateMembers,
})) {
  console.log(`${title}: ${found.length}`, found);
}
console.table(await measureWalks());
