import { Console } from 'node:console';
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { test } from 'tap';
import { createSecret, revealSecret } from '@postausgang/credentials';
import { destinationDigest } from '@postausgang/settings';

const password = 'S3cr3t – geheim';

test('a secret prints [sealed] everywhere', async (t) => {
  const secret = createSecret(password);
  const holder = {
    secret,
    list: [secret],
    map: new Map([['secret', secret]]),
    error: new Error('x', { cause: secret }),
  };
  t.equal(`${secret as unknown as string}`, '[sealed]');
  t.equal('' + secret, '[sealed]');
  t.equal(String(secret), '[sealed]');
  t.equal(JSON.stringify({ secret }), '{"secret":"[sealed]"}');
  t.equal(inspect(secret), '[sealed]');
  const printed = [
    inspect(holder, { depth: null, showHidden: true, getters: true }),
    inspect(holder, { depth: null, showHidden: true, customInspect: false }),
    format('%s %d %i %f %j %o %O %c', secret, secret, secret, secret, secret, secret, secret, secret),
    JSON.stringify(Object.entries(secret)),
    consoleOutput((console) => {
      console.log(secret, holder);
      console.error('%s %o', secret, holder);
      console.table([holder]);
      console.dir(holder, { depth: null, showHidden: true });
    }),
  ];
  for (const text of printed) t.notOk(text.includes(password.slice(0, 6)), text.slice(0, 40));
  t.throws(() => structuredClone(secret), 'it cannot be handed to another thread either');
  t.throws(() => Object.assign(secret, { toString: () => password }), 'it is frozen');
  t.equal(revealSecret(secret), password);
});

function consoleOutput(print: (console: Console) => void): string {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  print(new Console(stream, stream));
  return chunks.join('');
}

test('only secrets are revealed', (t) => {
  const printed = (): '[sealed]' => '[sealed]';
  const imitation = { toString: printed, toJSON: printed };
  t.throws(() => revealSecret(imitation), { name: 'TypeError' });
  t.end();
});

test('the digest of a destination depends on every member and not on their order', (t) => {
  const smtp = { kind: 'smtp', host: 'mail.acme.example', port: 587, trust: null, pinned: false };
  t.equal(
    destinationDigest(Object.fromEntries(Object.entries(smtp).toReversed()) as typeof smtp),
    destinationDigest(smtp),
  );
  t.equal(
    destinationDigest(smtp),
    createHash('sha256')
      .update('{"host":"mail.acme.example","kind":"smtp","pinned":false,"port":587,"trust":null}')
      .digest('base64url'),
    'other programs can compute it',
  );
  const others: Parameters<typeof destinationDigest>[0][] = [
    { ...smtp, kind: 'ews' },
    { ...smtp, host: 'mail.acme.example.' },
    { ...smtp, port: '587' },
    { ...smtp, trust: 'null' },
    { ...smtp, pinned: true },
    { ...smtp, mechanism: null },
    { kind: 'smtp', host: 'mail.acme.example","port":587' },
  ];
  t.equal(new Set([smtp, ...others].map(destinationDigest)).size, others.length + 1);
  for (const value of [undefined, Number.NaN, Infinity, {}, [], 1n]) {
    t.throws(() => destinationDigest({ ...smtp, port: value as number }), {
      name: 'TypeError',
      message: /"port"/,
    });
  }
  t.end();
});
