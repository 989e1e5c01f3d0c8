import fc from 'fast-check';
import { test } from 'tap';
import {
  formatEtag,
  isNotModified,
  parseIdempotencyKey,
  parsePrefer,
  preferenceApplied,
  requireIfMatch,
  requireSafeBind,
} from '@postausgang/http';

test('writes and reads versions as strong entity tags', async (t) => {
  t.equal(formatEtag(43), '"43"');
  const version = fc.asyncProperty(fc.nat(), async (n) => {
    const expected = requireIfMatch(formatEtag(n));
    return expected.kind === 'version' && expected.version === n;
  });
  await t.resolves(fc.assert(version));
  t.same(requireIfMatch(' "0" '), { kind: 'version', version: 0 });
  t.same(requireIfMatch('*'), { kind: 'any' });
  t.throws(() => requireIfMatch(undefined), { name: 'ProblemError', code: 'precondition-required' });
  for (const proxied of ['W/"43"', '"43-gzip"', '"43--gzip"', 'W/"43-br"', '"43-deflate"', '"43-zstd"']) {
    t.same(requireIfMatch(proxied), { kind: 'version', version: 43 }, proxied);
    t.equal(isNotModified(`"1", ${proxied}`, 43), true, proxied);
  }
  for (const malformed of [
    '',
    '43',
    'W/43',
    'w/"43"',
    '"1", "2"',
    '"43',
    "'43'",
    '**',
    '"a b"',
    '"ä"',
    '"4"3"',
  ]) {
    const details = { findings: [{ pointer: '/if-match', code: 'wrong-format' }] };
    t.throws(() => requireIfMatch(malformed), { code: 'request-invalid', details }, malformed);
  }
  for (const foreign of [
    '""',
    '"abc"',
    '"43-"',
    '"43-zip"',
    '"gzip"',
    '"-gzip"',
    '"043"',
    '"-1"',
    '"1.5"',
    '"9999999999999999999"',
  ]) {
    t.throws(() => requireIfMatch(foreign), { code: 'version-conflict' }, foreign);
  }
});

test('knows when a client has the version already', async (t) => {
  for (const match of ['"43"', 'W/"43"', '"1", "43"', '*', ' "43" '])
    t.equal(isNotModified(match, 43), true, match);
  for (const other of [undefined, '', '43', '"4"', '"143"', '"4", "3"'])
    t.equal(isNotModified(other, 43), false);
});

test('reads what a client prefers', async (t) => {
  const nothing = { waitSeconds: undefined, waitApplied: false, respondAsync: false };
  t.same(parsePrefer(undefined), nothing);
  t.same(parsePrefer('wait=30'), { ...nothing, waitSeconds: 30 });
  t.same(parsePrefer('Wait = "30"; x=y'), { ...nothing, waitSeconds: 30 });
  t.same(parsePrefer('wait=0'), { ...nothing, waitSeconds: 0 });
  t.same(parsePrefer('wait=3600'), { ...nothing, waitSeconds: 60 });
  t.same(parsePrefer('wait=applied'), { ...nothing, waitApplied: true });
  t.same(parsePrefer('respond-async, wait=5'), { ...nothing, waitSeconds: 5, respondAsync: true });
  t.same(parsePrefer(['respond-async', 'wait=5']), { ...nothing, waitSeconds: 5, respondAsync: true });
  t.same(parsePrefer('wait=5, wait=10'), { ...nothing, waitSeconds: 5 }, 'the first counts');
  for (const odd of [
    'wait',
    'wait=',
    'wait=-1',
    'wait=5s',
    'wait=1e3',
    'return=minimal',
    ',,',
    'wait=1 2',
    '=',
  ]) {
    t.same(parsePrefer(odd), nothing, odd);
  }
  t.equal(preferenceApplied({}), undefined);
  t.equal(preferenceApplied(parsePrefer('wait=90')), 'wait=60');
  t.equal(preferenceApplied({ waitApplied: true }), 'wait=applied');
  t.equal(preferenceApplied({ respondAsync: true }), 'respond-async');
});

test('reads idempotency keys, quoted or bare', async (t) => {
  t.equal(parseIdempotencyKey(undefined), undefined);
  t.equal(parseIdempotencyKey('invoice-4711-v1'), 'invoice-4711-v1');
  t.equal(parseIdempotencyKey('"invoice-4711-v1"'), 'invoice-4711-v1');
  t.equal(parseIdempotencyKey('"a\\"b\\\\c"'), 'a"b\\c');
  t.equal(parseIdempotencyKey('x'.repeat(200)), 'x'.repeat(200));
  const bad = ['', '""', '"a', 'a"', 'a b', '"a b"', '"a";x=1', 'ä', '"\\n"', 'x'.repeat(201), ['a', 'b']];
  for (const header of bad) {
    const details = { findings: [{ pointer: '/idempotency-key', code: 'wrong-format' }] };
    t.throws(() => parseIdempotencyKey(header), { code: 'request-invalid', details }, String(header));
  }
});

test('refuses to listen where keys would cross a network in clear', async (t) => {
  for (const host of [
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '[::1]',
    'localhost',
    'LocalHost',
    '::ffff:127.0.0.1',
  ]) {
    t.doesNotThrow(() => requireSafeBind(host, { behindProxy: false, tls: false }), host);
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    '128.0.0.1',
    '::ffff:10.0.0.1',
    'mail.example',
    '127.0.0.1.example',
  ]) {
    const refusal = { name: 'BindRefusedError', message: /BEHIND_PROXY=true/ };
    t.throws(() => requireSafeBind(host, { behindProxy: false, tls: false }), refusal, host);
    t.doesNotThrow(() => requireSafeBind(host, { behindProxy: true, tls: false }));
    t.doesNotThrow(() => requireSafeBind(host, { behindProxy: false, tls: true }));
  }
});
