import fc from 'fast-check';
import { test } from 'tap';
import { withFieldsInFront } from '@postausgang/http';

test('puts fields in front of an object without a look at its content', (t) => {
  const object = fc.dictionary(
    fc.string().map((name) => `own-${name}`),
    fc.jsonValue(),
    { minKeys: 1 },
  );
  const spaces = fc.constantFrom('', ' ', '\n\t', '\ufeff');
  fc.assert(
    fc.property(object, spaces, fc.constantFrom(undefined, 2), fc.nat(50), (own, before, indent, room) => {
      const text = before + JSON.stringify(own, null, indent);
      const json = Buffer.from('x'.repeat(room) + text).subarray(room);
      const fields = { id: 'a"b', digest: undefined, number: 1 };
      const expected = JSON.parse(JSON.stringify({ id: 'a"b', number: 1, ...own }));
      t.same(
        JSON.parse(Buffer.from(withFieldsInFront(fields, { bytes: json, headroomBytes: 0 })).toString()),
        expected,
      );
      t.equal(json.toString(), text, 'what does not belong to it stays');
      t.same(
        JSON.parse(Buffer.from(withFieldsInFront(fields, { bytes: json, headroomBytes: room })).toString()),
        expected,
      );
    }),
    { numRuns: 100 },
  );
  t.end();
});

test('copies nothing where there is room in front', async (t) => {
  const memory = Buffer.from(`${'x'.repeat(100)}{"a":1}`);
  const whole = withFieldsInFront({ id: 'm1' }, { bytes: memory.subarray(100), headroomBytes: 100 });
  t.equal(Buffer.from(whole).toString(), '{"id":"m1","a":1}');
  t.equal(whole.buffer, memory.buffer);
});
