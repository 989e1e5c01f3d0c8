import {
  type Condition,
  certificateFields,
  certificateTexts,
  CertificateViewSchema,
  drawProperties,
  exchangeConnectionFields,
  ExchangeConnectionPatchSchema,
  ExchangeConnectionPutSchema,
  exchangeConnectionTexts,
  ExchangeConnectionViewSchema,
  type FieldTable,
  type FieldText,
  fieldGroups,
  formFields,
  numberField,
  outgoingServerFields,
  OutgoingServerPatchSchema,
  OutgoingServerPutSchema,
  outgoingServerTexts,
  OutgoingServerViewSchema,
  type PlacedField,
  placedFields,
  SenderPatchSchema,
  SenderPutSchema,
  SenderViewSchema,
  senderFields,
  senderTexts,
  textField,
} from '@postausgang/contracts';
import {
  createFieldKind,
  defaultConnection,
  defaultContent,
  effectivePort,
  exchangeSecretBinding,
  outgoingServerKind,
  smtpDestination,
  smtpPasswordBinding,
} from '@postausgang/settings';
import { type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { test } from 'tap';
import { pairs } from './fixture.ts';

interface Kind {
  readonly table: FieldTable;
  readonly texts: Readonly<Record<string, FieldText>>;
  readonly requests: readonly TSchema[];
  readonly view: TSchema;
  /** What the view has besides the fields. */
  readonly ofView: readonly string[];
}

const versioned = ['/id', '/version', '/warnings', '/updatedAt', '/updatedBy'];
const kinds: Readonly<Record<string, Kind>> = {
  server: {
    table: outgoingServerFields,
    texts: outgoingServerTexts,
    requests: [...OutgoingServerPutSchema['oneOf'], OutgoingServerPatchSchema],
    view: OutgoingServerViewSchema,
    ofView: [...versioned, '/applied', '/smtp/effectivePort'],
  },
  connection: {
    table: exchangeConnectionFields,
    texts: exchangeConnectionTexts,
    requests: [ExchangeConnectionPutSchema, ExchangeConnectionPatchSchema],
    view: ExchangeConnectionViewSchema,
    ofView: [...versioned, '/applied', '/usedBy'],
  },
  certificate: {
    table: certificateFields,
    texts: certificateTexts,
    requests: [],
    view: CertificateViewSchema,
    ofView: [...versioned, '/usedBy', '/issuerKnown', '/daysLeft'],
  },
  sender: {
    table: senderFields,
    texts: senderTexts,
    requests: [SenderPutSchema, SenderPatchSchema],
    view: SenderViewSchema,
    ofView: [...versioned, '/usedBy', '/check'],
  },
};

/** The pointers of an object schema, those of its parts instead of the parts. */
function pointersOf(schema: TSchema, table: FieldTable, membersOf = allOf): readonly string[] {
  return membersOf(schema).flatMap(([name, inner]) => {
    const isPart = name in table && 'fields' in (table[name] ?? {});
    return isPart ? membersOf(inner).map(([field]) => `/${name}/${field}`) : [`/${name}`];
  });
}

const allOf = (schema: TSchema): readonly [string, TSchema][] =>
  Object.entries<TSchema>(schema['properties']);

/** What was read may be sent back, and is ignored. */
const writableOf = (schema: TSchema): readonly [string, TSchema][] =>
  allOf(schema).filter(([, inner]) => inner['readOnly'] !== true);

const enumOf = ({ schema }: PlacedField): readonly string[] =>
  (schema['anyOf'] ?? [schema]).flatMap((variant: TSchema) => variant['enum'] ?? []);

test('every field of the API is in the table of its kind, and the other way round', (t) => {
  for (const [name, { table, requests, view, ofView }] of Object.entries(kinds)) {
    const fields = placedFields(table);
    const entered = fields.filter(({ grant }) => grant !== true);
    const pointers = entered.map(({ pointer }) => pointer).toSorted();
    for (const request of requests)
      t.strictSame(pointersOf(request, table, writableOf).toSorted(), pointers, name);
    const viewed = fields.flatMap(({ pointer, secret, grant }) => {
      if (grant === true) return [`${pointer}edAt`];
      return secret === true ? [`${pointer}Set`, `${pointer}SetAt`] : [pointer];
    });
    t.strictSame(pointersOf(view, table).toSorted(), [...viewed, ...ofView].toSorted(), name);
  }
  t.end();
});

test('every field has a label in both languages, a control, a group, and a name for each choice', (t) => {
  for (const { table, texts } of Object.values(kinds)) {
    const fields = placedFields(table);
    t.strictSame(Object.keys(texts).toSorted(), fields.map(({ pointer }) => pointer).toSorted());
    for (const field of fields) {
      const { pointer, control, group, names, description, compare = [] } = field;
      const { label, help, statement, choices = {}, members = {} } = texts[pointer] ?? {};
      t.match(label, { en: /\w/, de: /\w/ }, pointer);
      if (help !== undefined) t.match(help, { en: /\.$/, de: /\.$/ }, pointer);
      t.ok(group in fieldGroups, pointer);
      t.match(description, /^[^.].*[^.]$/, `${pointer} is described`);
      t.equal(control === 'check', statement !== undefined, pointer);
      t.equal(names !== undefined, control === 'reference', pointer);
      const named = Object.keys(choices).filter((value) => value !== '');
      t.strictSame(named.toSorted(), enumOf(field).toSorted(), `${pointer}: the choices`);
      t.equal('' in choices, enumOf(field).length > 0 && Value.Check(field.schema, null), pointer);
      t.strictSame(Object.keys(members).toSorted(), compare.toSorted(), `${pointer}: the members`);
    }
  }
  t.end();
});

test('a condition names fields of its table, and values that they can have', (t) => {
  for (const { table } of Object.values(kinds)) {
    const fields = placedFields(table);
    const check = (condition: Condition, pointer: string): void => {
      for (const [named, values] of condition.flatMap((one) => Object.entries(one))) {
        const field = fields.find((one) => one.pointer === named);
        t.ok(field !== undefined, `${pointer} → ${named}`);
        for (const value of values) t.ok(field && Value.Check(field.schema, value), `${named} = ${value}`);
      }
    };
    for (const { pointer, inUse, requiredWhen, names } of fields) {
      for (const condition of inUse) check(condition, pointer);
      check(requiredWhen ?? [], pointer);
      if (names?.resource === 'certificates') {
        for (const condition of Object.values(names.uses)) check(condition, pointer);
      }
    }
  }
  t.end();
});

test('a placeholder names fields of its table, and has a text for each of their values', (t) => {
  for (const { table, texts } of Object.values(kinds)) {
    const fields = placedFields(table);
    for (const { placeholder = '' } of Object.values(texts)) {
      if (typeof placeholder === 'string') {
        for (const [, named] of placeholder.matchAll(/{(.+?)}/g)) {
          t.ok(
            fields.some(({ pointer }) => pointer === named),
            placeholder,
          );
        }
      } else {
        const of = fields.find(({ pointer }) => pointer === placeholder.of);
        t.strictSame(of && enumOf(of).toSorted(), Object.keys(placeholder.texts).toSorted(), placeholder.of);
      }
    }
  }
  t.end();
});

test('the port that an empty field shows is the one that counts', (t) => {
  const { placeholder } = outgoingServerTexts['/smtp/port'];
  const shown = typeof placeholder === 'object' ? placeholder.texts : {};
  for (const encryption of ['none', 'starttls', 'implicit'] as const) {
    t.equal(shown[encryption], String(effectivePort({ ...defaultContent.smtp, port: null, encryption })));
  }
  t.end();
});

test('a form is plain data with everything that people enter, group by group', (t) => {
  const server = formFields(outgoingServerFields, outgoingServerTexts);
  const connection = formFields(exchangeConnectionFields, exchangeConnectionTexts);
  t.strictSame(JSON.parse(JSON.stringify([server, connection])), [server, connection]);
  const entered = (table: FieldTable): number =>
    placedFields(table).filter(({ grant }) => grant !== true).length;
  t.equal(server.length, entered(outgoingServerFields));
  t.equal(connection.length, entered(exchangeConnectionFields));
  t.strictSame(
    formFields(certificateFields, certificateTexts).map(({ pointer }) => pointer),
    ['/name', '/kind'],
  );
  t.strictSame([...new Set(server.map(({ group }) => group))], Object.keys(fieldGroups));
  t.match(
    server.find(({ pointer }) => pointer === '/smtp/username'),
    {
      label: { en: 'User name', de: 'Benutzername' },
      control: 'text',
      isRequired: true,
      isDestination: false,
      inUse: [[{ '/serverType': ['smtp'] }], [{ '/smtp/authentication': ['password'] }, {}]],
    },
  );
  t.end();
});

/** Other values for a field, such that one of them matters if the field can. */
function otherValues(field: PlacedField): readonly unknown[] {
  const { pointer, schema, control } = field;
  if (control === 'switch' || control === 'check') return [true, false];
  if (Value.Check(schema, 2525)) return [2525];
  if (pointer === '/senderAddress') return [{ address: 'other@acme.example' }];
  if (pointer === '/clientSecretExpiresAt') return ['2027-01-01T00:00:00Z'];
  return enumOf(field).length > 0 ? enumOf(field) : ['https://other.example/x', 'other.example'];
}

test('exactly the fields that say so decide where a secret may be sent', (t) => {
  const serverDigests = ([content]: readonly (typeof defaultContent)[]) =>
    content && [smtpPasswordBinding('x', content.smtp).destination];
  const moved = (content: object, { part, name }: PlacedField, value: unknown) =>
    part === null
      ? { ...content, [name]: value }
      : { ...content, [part]: { ...Reflect.get(content, part), [name]: value } };
  const windows = { ...defaultContent, smtp: { ...defaultContent.smtp, authentication: 'windows' as const } };
  const plain = (table: FieldTable): readonly PlacedField[] =>
    placedFields(table).filter(({ secret, grant }) => secret !== true && grant !== true);
  for (const field of plain(outgoingServerFields)) {
    const changes = [defaultContent, windows].some((content) =>
      otherValues(field).some((value) => {
        const other = moved(content, field, value) as typeof defaultContent;
        return JSON.stringify(serverDigests([other])) !== JSON.stringify(serverDigests([content]));
      }),
    );
    t.equal(changes, field.destination === true, field.pointer);
  }
  const connections = (['graph', 'smtp-oauth', 'ews'] as const).map((protocol) => ({
    ...defaultConnection,
    protocol,
  }));
  const digests = (content: typeof defaultConnection) =>
    (['/clientSecret', '/password'] as const).map(
      (pointer) => exchangeSecretBinding('x', pointer, content).destination,
    );
  for (const field of plain(exchangeConnectionFields)) {
    const changes = connections.some((content) =>
      otherValues(field).some((value) => {
        const other = moved(content, field, value) as typeof defaultConnection;
        return JSON.stringify(digests(other)) !== JSON.stringify(digests(content));
      }),
    );
    t.equal(changes, field.destination === true, field.pointer);
  }
  t.end();
});

test('a new plain setting is one entry of the table: everything else follows', (t) => {
  const table = {
    ...outgoingServerFields,
    retryMinutes: numberField({
      description: 'Minutes until the first retry',
      range: { min: 1, max: 60, finding: 'out-of-range' },
      group: 'more',
      later: true,
    }),
  } as const satisfies FieldTable;
  const none = () => [];
  const checks = {
    '/serverType': none,
    '/smtp/servicePrincipal': none,
    '/smtp/encryption': none,
    '/smime/certificateId': none,
  };
  const grants = { '/smtp/identityGrant': () => null };
  const { prefix } = outgoingServerKind;
  const destinationOf = () => smtpDestination(defaultContent.smtp);
  const kind = createFieldKind({ prefix, table, judgesUnused: false, checks, grants, destinationOf });

  const put = Type.Object(drawProperties(table, 'put'));
  const patch = Type.Object(drawProperties(table, 'patch'));
  t.match(put.properties.retryMinutes, { description: 'Minutes until the first retry' });
  t.ok(Value.Check(patch, { retryMinutes: null }) && !Value.Check(patch, { retryMinutes: '5' }));

  t.equal(kind.defaults.retryMinutes, null);
  const stored = Type.Object(drawProperties(table, 'stored'));
  t.ok(Value.Check(stored, defaultContent), 'events of today are read');
  t.strictSame(kind.complete(defaultContent), { ...defaultContent, retryMinutes: null });

  const saved = { resource: 'outgoing-servers/x', content: kind.defaults };
  const { content } = kind.planPatch({ retryMinutes: 0 }, saved);
  t.strictSame(content, { ...kind.defaults, retryMinutes: 0 });
  t.strictSame(
    pairs(kind.validate(content)).filter(([pointer]) => pointer === '/retryMinutes'),
    [['/retryMinutes', 'out-of-range']],
  );
  t.strictSame(kind.differences(kind.defaults, content), [
    { pointer: '/retryMinutes', secret: false, from: null, to: 0 },
  ]);
  t.equal(kind.viewOf(content).retryMinutes, 0);
  t.equal(kind.planPatch({ retryMinutes: null }, { ...saved, content }).content.retryMinutes, null);

  const texts = { ...outgoingServerTexts, '/retryMinutes': { label: { en: 'Retry', de: 'Wiederholung' } } };
  t.match(
    formFields(table, texts).find(({ pointer }) => pointer === '/retryMinutes'),
    { control: 'number', group: 'more', default: null, label: { de: 'Wiederholung' } },
  );
  // @ts-expect-error A field without texts does not compile.
  formFields(table, outgoingServerTexts);
  t.end();
});

const wrong = { code: 'wrong-format', message: { en: 'Wrong.', de: 'Falsch.' } } as const;

test('a check that the table announces has to be there', (t) => {
  const table = {
    code: textField(10, { description: 'A code', check: true }),
  } as const satisfies FieldTable;
  const destinationOf = (): { kind: string } => ({ kind: 'none' });
  const rules = { prefix: 'x/', table, judgesUnused: true, grants: {}, destinationOf };
  const checked = createFieldKind({
    ...rules,
    checks: { '/code': ({ code }) => (code === 'a' ? [] : [{ pointer: '/code', ...wrong }]) },
  });
  t.strictSame(pairs(checked.validate({ code: 'b' })), [['/code', 'wrong-format']]);
  t.strictSame(checked.validate({ code: 'a' }), []);
  // @ts-expect-error A missing check does not compile.
  createFieldKind({ ...rules, checks: {} });
  t.end();
});
