import { test } from 'tap';
import { checkCombination, secured } from './check-combination.ts';
import { combinations, createPool } from './combinations.ts';
import { createMailAuthority } from './mail-authority.ts';

test('openssl verifies and decrypts what was signed and encrypted, for every kind of key', async (t) => {
  const authority = await createMailAuthority(t);
  const pool = await createPool(authority);
  for (const one of combinations(pool)) {
    const message = await secured(authority, one);
    const last = one.recipients.at(-1) ?? one.sender;
    await checkCombination(t, authority, one, { message, readers: [one.sender, last] });
  }
});
