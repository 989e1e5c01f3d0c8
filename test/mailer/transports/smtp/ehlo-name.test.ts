import { test } from 'tap';
import {
  ehloNameFor,
  ehloWarning,
  qualifiedName,
} from '../../../../services/mailer/src/transports/smtp/ehlo-name.ts';

test('only a fully qualified host name is one to greet with', async (t) => {
  t.equal(qualifiedName('mail.acme.example'), 'mail.acme.example');
  for (const name of [
    'vm',
    '4f5a1b2c3d4e',
    'localhost',
    'localhost.localdomain',
    'vm.localdomain',
    'my_host.acme.example',
    'müller.example',
    '192.0.2.1',
    '',
  ]) {
    t.equal(qualifiedName(name), '', name);
  }
});

test('without a name it is the literal of the address that the connection comes from', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '[192.0.2.1]'],
    ['::ffff:192.0.2.1', '[192.0.2.1]'],
    ['2001:db8::1', '[IPv6:2001:db8::1]'],
    ['fe80::1%eth0', '[IPv6:fe80::1]'],
  ];
  for (const [localAddress, expected] of cases) {
    t.equal(ehloNameFor('', { localAddress }), expected);
    t.equal(ehloNameFor('mail.acme.example', { localAddress }), 'mail.acme.example');
  }
});

test('a literal is worth a warning towards servers outside, a bare name everywhere', async (t) => {
  const code = (name: string, remoteAddress: string) => ehloWarning(name, { remoteAddress })?.code;
  for (const inside of ['10.1.2.3', '127.0.0.1', '::ffff:192.168.1.1', 'fd00::1', '::1', 'fe80::1%eth0']) {
    t.equal(code('[10.0.0.5]', inside), undefined, inside);
    t.equal(code('vm', inside), 'ehlo-name-unqualified');
  }
  for (const outside of ['192.0.2.25', '2001:db8::25']) {
    t.equal(code('[10.0.0.5]', outside), 'ehlo-name-unqualified', outside);
    t.equal(code('mail.acme.example', outside), undefined);
  }
});
