/** The long form of smime.test.ts: every combination there is, each read by its sender and up to five recipients. */
import { isDeepStrictEqual } from 'node:util';
import { allCombinations, createPool } from './combinations.ts';
import { type Checks, checkCombination, secured } from './check-combination.ts';
import { createMailAuthority } from './mail-authority.ts';

const endings: (() => unknown)[] = [];
let checks = 0;
const faults: string[] = [];
const note = (isGood: boolean, name: string): void => {
  checks += 1;
  if (!isGood) faults.push(name);
};
const tally: Checks = {
  ok: note,
  same: (found, wanted, name) => note(isDeepStrictEqual(found, wanted), name),
};

const authority = await createMailAuthority({ teardown: (end) => void endings.push(end) });
let combinations = 0;
try {
  for (const one of allCombinations(await createPool(authority))) {
    const message = await secured(authority, one);
    const readers = [one.sender, ...one.recipients.slice(-5)];
    await checkCombination(tally, authority, one, { message, readers }).catch((error: unknown) => {
      faults.push(
        `${JSON.stringify({ ...one, sender: one.sender.address, recipients: one.recipients.length })}: ${error}`,
      );
    });
    combinations += 1;
  }
} finally {
  await Promise.all(endings.map(async (end) => end()));
}
console.log(`${combinations} combinations, ${checks} checks, ${faults.length} faults`);
faults.forEach((fault) => console.log(fault));
process.exitCode = faults.length === 0 ? 0 : 1;
