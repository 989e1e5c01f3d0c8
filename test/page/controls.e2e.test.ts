import type { Page } from 'playwright-core';
import tap, { type Test, test } from 'tap';
import { createMailAuthority } from '../message/smime/mail-authority.ts';
import { requirePeer } from '../peers/peer.ts';
import { signIn, visit } from './browser.ts';
import { exploreForm } from './form-explorer.ts';
import { type Office, openOffice } from './office.ts';

type Json = Readonly<Record<string, unknown>>;
type Reasons = Readonly<Record<string, string>>;

interface Ids {
  readonly sender: string;
  readonly connection: string;
  readonly certificate: string;
  readonly key: string;
}

interface Form {
  readonly title: string;
  /** The operations whose bodies the form is for. */
  readonly operations: readonly string[];
  /** Where it is: the address, an element, and what has to be done until it is there. */
  readonly view: (ids: Ids) => string;
  readonly within: (ids: Ids) => string;
  readonly open?: (page: Page, ids: Ids) => Promise<void>;
  /** Fields that have no control, and why. */
  readonly without?: Reasons;
}

const file = { name: 'some.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from('PEM') };

async function openRow(page: Page, id: string): Promise<void> {
  await page.locator(`li:has(#name-${id}) summary`).click();
}

const writtenByApplications: readonly string[] = [
  '/from/name',
  '/from/address',
  '/sender/id',
  '/sender/employee',
  '/sender/department',
  '/sender/branch',
  '/sender/purpose',
  '/sender/strict',
  '/cc',
  '/bcc',
  '/replyTo',
  '/html',
  '/attachments',
  '/headers',
  '/businessReference',
  '/metadata',
  '/sendAt',
  '/notAfter',
  '/orderingKey',
  '/priority',
  '/onUnknown',
  '/bounceAddress',
  '/textFromHtml',
  '/calendar/method',
  '/calendar/content',
  '/requestReceipt',
  '/requestDsn/notify',
  '/requestDsn/ret',
];

/** What can be chosen comes after the form. */
const waitForOption =
  (name: string) =>
  (page: Page): Promise<void> =>
    page.locator('option', { hasText: name }).first().waitFor({ state: 'attached' });
const waitForChoices = waitForOption('Trusted');

const forms: readonly Form[] = [
  {
    title: 'the outgoing server',
    operations: ['PUT /v1/outgoing-servers/{id}', 'PATCH /v1/outgoing-servers/{id}'],
    view: () => '#/server',
    within: () => 'form:has(.save-bar)',
    open: waitForChoices,
  },
  {
    title: 'an Exchange connection',
    operations: ['PUT /v1/exchange-connections/{id}', 'PATCH /v1/exchange-connections/{id}'],
    view: ({ connection }) => `#/exchange/${connection}`,
    within: () => 'form:has(.save-bar)',
    open: waitForChoices,
  },
  {
    title: 'a new Exchange connection',
    operations: ['POST /v1/exchange-connections'],
    view: () => '#/exchange/new',
    within: () => 'form:has(.save-bar)',
    open: waitForChoices,
  },
  {
    title: 'a sender',
    operations: ['PUT /v1/senders/{id}', 'PATCH /v1/senders/{id}'],
    view: ({ sender }) => `#/senders/${sender}`,
    within: () => 'form:has(.save-bar)',
    open: waitForOption('Own'),
  },
  {
    title: 'a new sender',
    operations: ['POST /v1/senders'],
    view: () => '#/senders/new',
    within: () => 'form:has(.save-bar)',
    open: waitForOption('Own'),
  },
  {
    title: 'the sending mode',
    operations: ['PUT /v1/environment/{id}', 'PATCH /v1/environment/{id}'],
    view: () => '#/sending-mode',
    within: () => 'form:has(.save-bar)',
    without: { '/environmentName': 'Asked for only on the way back to live, in sending-mode.e2e.test.ts.' },
  },
  {
    title: 'the import of a certificate',
    operations: ['POST /v1/certificates'],
    view: () => '#/certificates',
    within: () => 'form:has(#certificate-file)',
    async open(page) {
      await page.locator('#certificate-file').setInputFiles(file);
      await page.locator('#certificate-kind input[value=own]').check();
      await page.locator('#certificate-key-file').setInputFiles(file);
    },
  },
  {
    title: 'a new key',
    operations: ['POST /v1/certificates/keys'],
    view: () => '#/certificates/new',
    within: () => 'form:has(#key-name)',
  },
  {
    title: 'the certificate of a key',
    operations: ['PUT /v1/certificates/{id}/certificate'],
    view: () => '#/certificates',
    within: ({ key }) => `form:has(#issued-${key}-file)`,
    async open(page, { key }) {
      await openRow(page, key);
      await page.locator(`#issued-${key}-file`).setInputFiles(file);
    },
  },
  {
    title: 'the name of a certificate',
    operations: ['PATCH /v1/certificates/{id}'],
    view: () => '#/certificates',
    within: ({ certificate }) => `form:has(#name-${certificate})`,
    open: (page, { certificate }) => openRow(page, certificate),
  },
  {
    title: 'a new API key',
    operations: ['POST /v1/api-keys'],
    view: () => '#/keys/new',
    within: () => '#api-key-form',
    open: (page, { sender }) => page.locator(`#api-key-senders input[value="${sender}"]`).waitFor(),
  },
  {
    title: 'a simple mail',
    operations: ['POST /v1/mails'],
    view: () => '#/mails/new',
    within: () => 'form:has(#mail-to)',
    without: Object.fromEntries(
      writtenByApplications.map((pointer) => [
        pointer,
        'Mail is written by applications; the form only tries the settings out.',
      ]),
    ),
  },
];

/** Operations that take a body and have no form that is explored here, and why. */
const withoutForm: Reasons = {
  'POST /v1/session': 'Signing in is a field of its own, in page.e2e.test.ts.',
  'POST /v1/first-person': 'The form of the start link, in start.e2e.test.ts; the token is that of the link.',
  'POST /v1/outgoing-servers/{id}/revert':
    'The version is the one whose button is pressed; the reason is asked for.',
  'POST /v1/exchange-connections/{id}/revert': 'As for the outgoing server.',
  'POST /v1/senders/{id}/revert': 'As for the outgoing server.',
  'POST /v1/senders/{id}/checks': 'A button in senders.e2e.test.ts; whoever may send has the probe.',
  'POST /v1/sender-checks': 'As for one sender.',
  'PUT /v1/senders':
    'The whole list of an ERP, which software sends. The page shows its name at each sender.',
  'POST /v1/certificates/{id}/revert':
    'A certificate is replaced by importing another one, and its only other field, the name, is typed more easily.',
  'POST /v1/outgoing-servers/{id}/connection-tests':
    'The draft is what the form says, in page.e2e.test.ts; a test mail comes from the sender of the form.',
  'POST /v1/exchange-connections/{id}/connection-tests':
    'As for the outgoing server, in exchange.e2e.test.ts.',
  'POST /v1/recipient-certificates':
    'Choosing the file imports it. Files of recipients hold no private keys, so there is no password, and each ' +
    'certificate is named after its addresses, since a file may hold hundreds.',
  'PUT /v1/test-mailbox/behavior': 'The form beside its messages, in test-mailbox.e2e.test.ts.',
  'POST /v1/environment/confirm':
    'A log elsewhere sends nothing: the form is in the banner that says so, in environment.e2e.test.ts.',
  'POST /v1/environment/{id}/revert':
    'As for the outgoing server; the name of the environment is the one in the form.',
  'POST /v1/mails/actions':
    'Buttons over the list, for the mails that are chosen in it, in bulk.e2e.test.ts.',
  'POST /v1/mails/resend': 'The page does it with an action.',
  'POST /v1/mails/release': 'The page does it with an action.',
  'POST /v1/mails/cancel': 'The page does it with an action.',
  'POST /v1/queue/resume': 'A button beside the reason of a standstill.',
  'POST /v1/mails/{id}/hold':
    'A button that asks for a reason, in mails.e2e.test.ts; who acts is the session.',
  'POST /v1/mails/{id}/release': 'As for hold.',
  'POST /v1/mails/{id}/cancel': 'As for hold.',
  'POST /v1/mails/{id}/resend':
    'As for hold, with a corrected address for each recipient, in content.e2e.test.ts.',
  'POST /v1/mails/{id}/resolve': 'Two buttons, one for each outcome, in mails.e2e.test.ts.',
};

const fieldsOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The schemas of JSON request bodies, by method and path. */
function bodiesOf(document: Json): ReadonlyMap<string, unknown> {
  const bodies = Object.entries(fieldsOf(document['paths'])).flatMap(([path, item]) =>
    Object.entries(fieldsOf(item)).map(([method, operation]): [string, unknown] => {
      const content = fieldsOf(fieldsOf(fieldsOf(operation)['requestBody'])['content']);
      const json = content['application/json'] ?? content['application/merge-patch+json'];
      return [`${method.toUpperCase()} ${path}`, fieldsOf(json)['schema']];
    }),
  );
  return new Map(bodies.filter(([, schema]) => schema !== undefined));
}

/** The JSON pointers of what can be written: objects are walked into, lists and maps are one field. */
function pointersOf(document: Json, schemaLike: unknown, at = ''): readonly string[] {
  const schema = fieldsOf(schemaLike);
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const name = reference.replace('#/components/schemas/', '');
    return pointersOf(document, fieldsOf(fieldsOf(document['components'])['schemas'])[name], at);
  }
  const variants = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])];
  const inner = [
    ...variants.flatMap((variant) => pointersOf(document, variant, at)),
    ...Object.entries(fieldsOf(schema['properties']))
      .filter(([, field]) => fieldsOf(field)['readOnly'] !== true)
      .flatMap(([key, field]) => pointersOf(document, field, `${at}/${key}`)),
  ];
  const deeper = [...new Set(inner)].filter((pointer) => pointer !== at);
  return deeper.length > 0 ? deeper : [at];
}

let opened: Promise<{ office: Office; document: Json; ids: Ids }> | undefined;

/** A service with one of everything that can be chosen. */
async function open() {
  const office = await openOffice(tap, `${tap.testdir()}/data`);
  const { service, certificates } = office;
  const create = async (path: string, body: object): Promise<string> => {
    const answer = await service.call('POST', path, { body });
    return (answer.body as { id: string }).id;
  };
  const own = await certificates.issue('own', { names: ['erp.acme.example'], usage: 'clientAuth' });
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const importBody = { name: 'Own', kind: 'own', content: base64(`${own.certificate}\n${own.key}`) };
  const certificate = await create('/v1/certificates', importBody);
  const trusted = { name: 'Trusted', kind: 'trusted', content: base64(certificates.ca.certificate) };
  await create('/v1/certificates', trusted);
  const authority = await createMailAuthority(tap);
  const gateway = await authority.issue('gateway@acme.example', 'p-256');
  await service.call('POST', '/v1/recipient-certificates', {
    body: { content: base64(`${gateway.certificate}${authority.ca}`) },
  });
  const subject = { commonName: 'ACME' };
  const key = await create('/v1/certificates/keys', { name: 'Key', keyType: 'p-256', subject });
  const connection = await create('/v1/exchange-connections', {
    name: 'Graph',
    protocol: 'graph',
    email: 'erp@acme.example',
    tenantId: 'acme.example',
    clientId: 'app-1',
    clientSecret: 'secret',
  });
  const document = (await service.call('GET', '/openapi.json')).body as Json;
  const sender = await create('/v1/senders', { name: 'Accounting', address: 'accounting@acme.example' });
  return { office, document, ids: { sender, connection, certificate, key } };
}

async function openedOnce(t: Test) {
  return requirePeer(t, 'chromium', 'openssl') ? (opened ??= open()) : undefined;
}

test('every operation that takes a body has a form on the page, or a reason', async (t) => {
  const house = await openedOnce(t);
  if (house === undefined) return;
  const known = [...forms.flatMap(({ operations }) => operations), ...Object.keys(withoutForm)];
  t.same(known.toSorted(), [...bodiesOf(house.document).keys()].toSorted());
});

for (const { title, operations, view, within, open: prepare, without = {} } of forms) {
  test(`every writable field of ${title} has a control that writes it, or a reason`, async (t) => {
    const house = await openedOnce(t);
    if (house === undefined) return;
    const { office, document, ids } = house;
    const bodies = bodiesOf(document);
    const wanted = new Set(operations.flatMap((one) => pointersOf(document, bodies.get(one))));
    const { page, mistakes } = await visit(t, office.browser);
    await signIn(page, office.service.api, office.service.key, view(ids));
    await page.locator(within(ids)).waitFor({ state: 'attached' });
    await prepare?.(page, ids);
    const { shown, sent } = await exploreForm(page, within(ids));
    const reasons = Object.keys(without);
    t.same(
      [...wanted].filter((one) => !shown.has(one) && !reasons.includes(one)),
      [],
      'have a control',
    );
    t.same(
      [...shown].filter((one) => !wanted.has(one) || reasons.includes(one)),
      [],
      'no control is needless',
    );
    t.same(
      [...shown].filter((one) => !sent.has(one)),
      [],
      'what is entered is sent',
    );
    t.same(
      reasons.filter((one) => !wanted.has(one)),
      [],
      'every reason is for a field',
    );
    t.same(mistakes, []);
  });
}
