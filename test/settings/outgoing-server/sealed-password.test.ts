import { join } from 'node:path';
import {
  createOpener,
  createSealer,
  createSecret,
  openKeyRing,
  revealSecret,
} from '@postausgang/credentials';
import { outgoingServerKind, sealPlan, smtpPasswordBinding } from '@postausgang/settings';
import type { NewSecret } from '@postausgang/settings';
import { test } from 'tap';
import { initial, now, planPatch, planPut, workingPut } from '../fixture.ts';

test('a sealed password opens for the settings it came with, and for no other destination', async (t) => {
  const keyRing = await openKeyRing(join(t.testdir(), 'keys'));
  const sealer = createSealer(keyRing.publicKeys);
  const opener = createOpener(keyRing);
  const seal = ({ value, binding }: NewSecret) => sealer.seal(createSecret(value), binding);
  const { resource } = initial;
  const content = await sealPlan(planPut(workingPut, initial), outgoingServerKind, now, seal);
  const stored = content.smtp.password?.sealed;
  if (stored === undefined) throw new Error('no password');
  t.equal(revealSecret(await opener.open(stored, smtpPasswordBinding(resource, content.smtp))), 'S3cret');
  t.notMatch(JSON.stringify(content), 'S3cret');

  const moved = planPatch({ smtp: { hostname: 'evil.example' } }, { resource, content }).content.smtp;
  t.strictSame(moved.password?.sealed, stored, 'kept, but useless');
  await t.rejects(opener.open(stored, smtpPasswordBinding(resource, moved)), { code: 'secret-required' });
  const elsewhere = smtpPasswordBinding('outgoing-servers/other', content.smtp);
  await t.rejects(opener.open(stored, elsewhere), { code: 'secret-required' });
});
