import { within } from '@postausgang/net';
import { test } from 'tap';

const never = new Promise<string>(() => undefined);

test('waits for a promise, but not longer than it may', async (t) => {
  t.equal(await within(60_000, Promise.resolve('in time')), 'in time');
  await t.rejects(within(60_000, Promise.reject(new Error('broken'))), /broken/);
  await t.rejects(within(1, never), { code: 'ETIMEDOUT', message: /within 1 ms/ });
});

test('gives what somebody says instead, or throws it', async (t) => {
  t.equal(await within(1, never, () => undefined), undefined);
  const late = (): never => {
    throw new RangeError('too late');
  };
  await t.rejects(within(1, never, late), { message: 'too late' });
  t.equal(await within(60_000, Promise.resolve('in time'), late), 'in time');
});
