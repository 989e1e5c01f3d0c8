import fc from 'fast-check';
import { test } from 'tap';
import { withFieldsInFront } from '../../../services/mailer/src/http/json-fields.ts';

test('puts fields in front of an object without a look at its content', (t) => {
  const object = fc.dictionary(
    fc.string().map((name) => `own-${name}`),
    fc.jsonValue(),
    { minKeys: 1 },
  );
  const spaces = fc.constantFrom('', ' ', '\n\t', '\ufeff');
  fc.assert(
    fc.property(object, spaces, fc.constantFrom(undefined, 2), (own, before, indent) => {
      const json = Buffer.from(before + JSON.stringify(own, null, indent));
      const bytes = withFieldsInFront({ id: 'a"b', digest: undefined, number: 1 }, json);
      const expected = JSON.parse(JSON.stringify({ id: 'a"b', number: 1, ...own }));
      t.same(JSON.parse(Buffer.from(bytes).toString()), expected);
    }),
    { numRuns: 100 },
  );
  t.end();
});
