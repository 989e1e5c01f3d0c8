import { test } from 'tap';
import { Type } from '@sinclair/typebox';
import {
  ConfigurationError,
  integerVariable,
  listVariable,
  readVariables,
  switchVariable,
  textVariable,
} from '@postausgang/configuration';

const schema = Type.Object({
  HOST: textVariable('Address to listen on.', { default: '127.0.0.1' }),
  PORT: integerVariable('Port.', { default: 8080, minimum: 0, maximum: 65_535 }),
  BEHIND_PROXY: switchVariable('A proxy ends TLS.', false),
  PORTS: listVariable('Allowed ports.', '25,587'),
  NEEDED: textVariable('Must be given.'),
});

test('turns the texts of the environment into the types of the schema', async (t) => {
  const values = readVariables(schema, { PORT: '9000', BEHIND_PROXY: 'true', NEEDED: 'x', PATH: '/bin' });
  t.same(values, { HOST: '127.0.0.1', PORT: 9000, BEHIND_PROXY: true, PORTS: '25,587', NEEDED: 'x' });
});

test('takes an empty variable as absent', async (t) => {
  t.match(readVariables(schema, { HOST: '', NEEDED: 'x' }), { HOST: '127.0.0.1', BEHIND_PROXY: false });
});

test('names every variable that is wrong at once', async (t) => {
  const wrong = { PORT: 'eighty', BEHIND_PROXY: 'perhaps' };
  t.throws(() => readVariables(schema, wrong), {
    code: 'configuration-invalid',
    message: /PORT: [^]*BEHIND_PROXY: [^]*NEEDED: /,
  });
  t.throws(() => readVariables(schema, { PORT: '70000', NEEDED: 'x' }), ConfigurationError);
});
