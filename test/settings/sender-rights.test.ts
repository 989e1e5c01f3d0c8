import type { OutgoingServerContent } from '@postausgang/contracts';
import {
  allowedSendersText,
  defaultServer,
  maySendAs,
  outgoingServerKind,
  refusedSenders,
  resourceHistory,
  type SenderLimits,
  type SenderRules,
} from '@postausgang/settings';
import { test } from 'tap';
import { anna, eventOf, evolved, initial } from './fixture.ts';
import { senderBook, senderContent } from './sender-content.ts';

type Policy = OutgoingServerContent['fromPolicy'];

const senders = senderBook({
  one: senderContent(),
  gone: senderContent({ address: 'gone@acme.example', active: false }),
  far: senderContent({ address: 'agency@other.example', for: { kind: 'purpose', key: 'ads', branch: null } }),
});
const rules = (kind: Policy['kind'], domains: string[] = []): SenderRules => ({
  policy: { kind, domains },
  defaultSender: { address: 'erp@acme.example' },
  senders,
});
const addresses = [
  'erp@acme.example',
  'ACCOUNTING@Acme.Example',
  'gone@acme.example',
  'ceo@acme.example',
  'agency@other.example',
  'x@sub.acme.example',
  'evil@stranger.example',
];
const allowed = (of: SenderRules, limits: SenderLimits = {}): readonly string[] =>
  addresses.filter((address) => maySendAs(address, of, limits));

test('the policy of the server: everything, what is known, or what is known and domains', (t) => {
  t.strictSame(allowed(rules('any')), addresses);
  t.strictSame(allowed(rules('known')), [
    'erp@acme.example',
    'ACCOUNTING@Acme.Example',
    'agency@other.example',
  ]);
  t.strictSame(
    allowed(rules('known-or-domains')),
    addresses.filter((one) => one !== 'x@sub.acme.example' && !one.endsWith('stranger.example')),
    'without a list, the domain of the default sender',
  );
  t.strictSame(allowed(rules('known-or-domains', ['*.acme.example'])), [
    'erp@acme.example',
    'ACCOUNTING@Acme.Example',
    'agency@other.example',
    'x@sub.acme.example',
  ]);
  const unreadable = (): { address: null }[] => [{ address: null }];
  t.strictSame(refusedSenders(rules('any'), {}, unreadable), []);
  t.strictSame(refusedSenders(rules('known'), {}, unreadable), [{ address: null }]);
  t.end();
});

test('a key is limited to its senders and domains, and never allows what the server does not', (t) => {
  t.strictSame(allowed(rules('any'), { senders: ['one'] }), ['ACCOUNTING@Acme.Example']);
  t.strictSame(allowed(rules('any'), { senders: ['gone', 'nobody'] }), []);
  t.strictSame(allowed(rules('any'), { senders: ['default'] }), ['erp@acme.example']);
  t.strictSame(allowed(rules('any'), { senderDomains: ['stranger.example'] }), ['evil@stranger.example']);
  t.strictSame(allowed(rules('known'), { senderDomains: ['stranger.example'] }), []);
  t.strictSame(allowed(rules('any'), { senders: ['far'], senderDomains: ['*.acme.example'] }), [
    'agency@other.example',
    'x@sub.acme.example',
  ]);
  t.strictSame(
    allowed(rules('any'), { senders: [], senderDomains: null }),
    [],
    'an empty list allows nobody',
  );
  t.equal(refusedSenders(rules('any'), { senders: ['one'] }, () => [{ address: null }]).length, 1);
  t.match(
    allowedSendersText(rules('any'), { senders: ['one'], senderDomains: ['a.example'] }),
    /one, a\.example/,
  );
  t.match(allowedSendersText(rules('known-or-domains'), {}), /erp@acme\.example.*addresses of acme\.example/);
  const both = allowedSendersText(rules('known'), { senders: ['default'] });
  t.match(both, /may send as the default sender\. The settings allow/, 'both have to agree');
  t.end();
});

test('until there is a default sender, a domain or a sender, nobody is allowed, and the text says so', (t) => {
  const none = { defaultSender: null, senders: senderBook({ gone: senderContent({ active: false }) }) };
  for (const kind of ['known', 'known-or-domains'] as const) {
    const nobody: SenderRules = { policy: { kind, domains: [] }, ...none };
    t.strictSame(allowed(nobody), []);
    t.match(allowedSendersText(nobody, {}), /no sender yet: save a sender address/);
  }
  const domains: SenderRules = { policy: { kind: 'known-or-domains', domains: ['acme.example'] }, ...none };
  t.notMatch(allowedSendersText(domains, {}), /no sender yet/);
  t.end();
});

test('settings that were saved before there were policies allow every sender, new ones do not', (t) => {
  const { initialContent, complete } = outgoingServerKind;
  t.equal(initialContent.fromPolicy.kind, 'known-or-domains');
  const { fromPolicy: _fromPolicy, ...others } = initialContent;
  const earlier = { ...others, smime: { ...others.smime, contentEncryption: 'aes-256-cbc' } } as const;
  t.strictSame(complete(earlier).fromPolicy, { kind: 'any', domains: [] });
  t.strictSame(complete(initialContent).fromPolicy, { kind: 'known-or-domains', domains: [] });
  const firstChange = (stored: Partial<OutgoingServerContent>) => {
    const content = { ...stored, timeoutSeconds: 90 } as OutgoingServerContent;
    const saved = {
      resource: defaultServer,
      expectedVersion: 0,
      operation: 'put',
      revertedTo: null,
    } as const;
    const event = eventOf('settingsChanged', { ...saved, content, actor: anna, reason: null });
    const history = resourceHistory(outgoingServerKind, evolved(initial, event), { cursor: null, limit: 1 });
    return history.items[0]?.differences.map(({ pointer }) => pointer);
  };
  t.strictSame(firstChange(earlier), ['/timeoutSeconds'], 'nobody has chosen what there was no choice about');
  t.strictSame(
    firstChange({ ...initialContent, fromPolicy: { kind: 'any', domains: [] } }),
    ['/fromPolicy/kind', '/timeoutSeconds'],
    'whoever allows every sender is seen in the history',
  );
  t.end();
});
