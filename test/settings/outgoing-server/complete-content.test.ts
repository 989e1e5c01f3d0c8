import { readFileSync } from 'node:fs';
import { type EventData, type PostausgangEvent, readRecord, writeRecord } from '@postausgang/contracts';
import {
  completeContent,
  createSettingsState,
  defaultContent,
  defaultServerOf,
  effectiveLimits,
  effectiveOnUnknown,
  evolveSettings,
} from '@postausgang/settings';
import { test } from 'tap';

type Changed = Extract<PostausgangEvent, { type: 'io.postausgang.settings-changed.v1' }>;

/** A settings-changed as it once stood in the log. */
function sample(file: string): Changed {
  const text = readFileSync(new URL(`../../contracts/samples/${file}`, import.meta.url), 'utf8');
  const event = JSON.parse(text);
  const result = readRecord(writeRecord('key', event));
  if (!result.ok || result.event.type !== 'io.postausgang.settings-changed.v1') throw new Error(file);
  return { ...result.event, data: { ...result.event.data, expectedVersion: 0 } };
}

function foldedContent(event: Changed) {
  const state = createSettingsState();
  evolveSettings(state, event);
  return defaultServerOf(state).content;
}

/** What old events mean where the default of new content is another one. */
const beforeTheField = { contentEncryption: 'aes-256-cbc' };

test('a field that an old event does not hold has its default when the event is folded', (t) => {
  const old = sample('settings-changed.v1.json');
  t.notOk('onUnknown' in old.data.content, 'written before there was the field');
  const { smtp } = old.data.content;
  t.notOk('windowsMechanism' in smtp);
  t.strictSame(foldedContent(old), {
    ...old.data.content,
    onUnknown: null,
    fromPolicy: { kind: 'any', domains: [] },
    onForeignSender: 'refuse',
    smime: { ...defaultContent.smime, ...beforeTheField, ...old.data.content.smime },
    limits: defaultContent.limits,
    smtp: { ...defaultContent.smtp, ...smtp },
  });
  t.equal(
    defaultContent.smime.contentEncryption,
    'auto',
    'which servers from before the field do not change to',
  );
  t.match(defaultContent.smtp, { windowsMechanism: 'negotiate', servicePrincipal: null });
  t.match(foldedContent(sample('settings-changed.v1.windows.json')), {
    smtp: { windowsMechanism: 'ntlm', servicePrincipal: 'SMTPSVC/mail.acme.example' },
  });
  t.equal(foldedContent(sample('settings-changed.v1.on-unknown.json')).onUnknown, 'resend');
  t.equal(foldedContent(sample('settings-changed.v1.limits.json')).limits.maxConnections, 2);
  t.end();
});

test('a field is completed in each part, and what is there stays', (t) => {
  const whole: EventData<'settingsChanged'>['content'] = {
    ...defaultContent,
    timeoutSeconds: 7,
    smtp: { ...defaultContent.smtp, hostname: 'mail.acme.example' },
  };
  t.equal(completeContent(whole), whole, 'content that is complete is not copied');
  const { fromPolicy: _fromPolicy, ...earlier } = whole;
  t.strictSame(completeContent(earlier), { ...whole, fromPolicy: { kind: 'any', domains: [] } });
  for (const part of ['smtp', 'exchange', 'smime', 'limits'] as const) {
    for (const name of Object.keys(defaultContent[part])) {
      const poorer = { ...whole, [part]: { ...whole[part], [name]: undefined } };
      const stored = JSON.parse(JSON.stringify(poorer));
      const absent = Reflect.get(beforeTheField, name) ?? Reflect.get(defaultContent[part], name);
      const expected = { ...whole, [part]: { ...whole[part], [name]: absent } };
      t.strictSame(completeContent(stored), expected, `${part}/${name}`);
    }
  }
  t.end();
});

test('limits are those of the preset, and a value that is given counts instead', (t) => {
  const none = { maxConnections: null, mailsPerMinute: null, recipientsPerDay: null };
  t.strictSame(effectiveLimits({ limits: { preset: 'none', ...none } }), none);
  const exchange = { maxConnections: 3, mailsPerMinute: 30, recipientsPerDay: 10_000 };
  t.strictSame(effectiveLimits({ limits: { preset: 'exchange-online', ...none } }), exchange);
  const limits = { preset: 'exchange-online' as const, ...none, maxConnections: 2 };
  t.strictSame(effectiveLimits({ limits }), { ...exchange, maxConnections: 2 });
  const unusable = { preset: 'none' as const, maxConnections: 0, mailsPerMinute: -1, recipientsPerDay: 0.5 };
  t.strictSame(effectiveLimits({ limits: unusable }), none, 'as they may be saved while sending is off');
  t.end();
});

test('without a policy of its own a server holds with SMTP and looks first with Exchange', (t) => {
  t.equal(effectiveOnUnknown({ onUnknown: null, serverType: 'smtp' }), 'hold');
  t.equal(effectiveOnUnknown({ onUnknown: null, serverType: 'exchange' }), 'reconcile');
  t.equal(effectiveOnUnknown({ onUnknown: 'resend', serverType: 'exchange' }), 'resend');
  t.end();
});
