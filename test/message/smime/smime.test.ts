import { isDeepStrictEqual } from 'node:util';
import { type Test, test } from 'tap';
import { checkCombination, type Checks, secured } from './check-combination.ts';
import { allCombinations, combinations, createMixedPool, createPool, everyCount } from './combinations.ts';
import { createMailAuthority } from './mail-authority.ts';
import { derFaults } from './strict-der.ts';

/** With `npm run torture -- smime`. */
const isLong = process.env['TORTURE_SMIME'] === 'all';

test('openssl verifies and decrypts what was signed and encrypted, for every kind of key', async (t) => {
  const authority = await createMailAuthority(t);
  const pool = await createPool(authority);
  for (const one of combinations(pool)) {
    const message = await secured(authority, one);
    const last = one.recipients.at(-1) ?? one.sender;
    await checkCombination(t, authority, one, { message, readers: [one.sender, last] });
  }
});

test('the strict reader of these tests refuses what is BER and not DER', (t) => {
  const refused = {
    '3180020101': /indefinite/,
    '310602020001': /longer|padding/,
    '3104020200017f': /more after the end/,
    '3106020102020101': /out of order/,
    a006020102020101: /out of order/,
    '02020001': /padding/,
    '0101ab': /BOOLEAN/,
    '03020701': /BIT STRING/,
    '04810100': /shortest/,
  };
  for (const [hex, why] of Object.entries(refused)) {
    t.match(derFaults(Buffer.from(hex, 'hex')).join(), why, hex);
  }
  for (const hex of ['3106020101020102', '3006020102020101', '02020080']) {
    t.same(derFaults(Buffer.from(hex, 'hex')), [], hex);
  }
  t.end();
});

/** Tens of thousands of checks are counted; what fails is kept. */
function createTally(): Checks & { readonly checks: () => number; readonly faults: string[] } {
  let checks = 0;
  const faults: string[] = [];
  const note = (isGood: boolean, name: string): void => {
    checks += 1;
    if (!isGood) faults.push(name);
  };
  return {
    ok: note,
    same: (found, wanted, name) => note(isDeepStrictEqual(found, wanted), name),
    checks: () => checks,
    faults,
  };
}

async function checkAll(t: Test): Promise<void> {
  const authority = await createMailAuthority(t);
  const pool = await createMixedPool(authority);
  const tally = createTally();
  let [count, readings] = [0, 0];
  for (const isEveryCount of [true, false]) {
    for (const one of isEveryCount ? everyCount(pool) : allCombinations(pool)) {
      const { mode, kind, contentEncryption, keyTransport, recipients, sender } = one;
      const message = await secured(authority, one);
      // Where the number is what matters, everybody reads; else those of the last five kinds of key.
      const readers = [sender, ...(isEveryCount ? recipients : recipients.slice(-5))];
      await checkCombination(tally, authority, one, { message, readers }).catch((error: unknown) => {
        const what = { mode, kind, contentEncryption, keyTransport, recipients: recipients.length };
        tally.faults.push(`${JSON.stringify(what)}: ${error}`);
      });
      count += 1;
      readings += readers.length;
    }
  }
  t.comment(
    `figures: ${count} combinations with 1 to ${pool.recipients.length} recipients, ${readings} readings by openssl, ` +
      `${tally.checks()} checks, ${tally.faults.length} faults`,
  );
  t.same(tally.faults, []);
  t.ok(tally.checks() > readings);
}

if (isLong) {
  const title =
    'every combination, and every number of recipients from 1 to 50, is read by everybody it is for';
  test(title, { timeout: 7_200_000 }, checkAll);
}
