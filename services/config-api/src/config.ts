import {
  kafkaVariables,
  readVariables,
  serverVariables,
  sessionVariables,
  textVariable,
  tokenVariables,
} from '@postausgang/configuration';
import { type Static, Type } from '@sinclair/typebox';

/** The variables of config-api as a process of its own. docs/configuration.md describes them. */
export const configApiVariables = Type.Object({
  ...serverVariables.properties,
  ADMIN_KEY_FILE: textVariable('File of the first admin key; written where there is none.', {
    default: './data/admin.key',
  }),
  SEALING_PUBLIC_KEYS: textVariable('File of the public keys to seal secrets with; a mailer writes it.', {
    default: './data/public-keys.json',
  }),
  SESSION_KEY_FILE: textVariable(
    'Key of the session cookies, the same for all config-apis; empty: session.key beside the admin key.',
    { default: '' },
  ),
  ...sessionVariables.properties,
  ...tokenVariables.properties,
  MAILER_URL: textVariable('A mailer, such as http://mailer:8080, to show mails with; empty shows none.', {
    default: '',
    pattern: '^(|https?://[^/\\s?#]+/?)$',
  }),
  ...kafkaVariables('postausgang-config-api').properties,
});
export type ConfigApiVariables = Static<typeof configApiVariables>;

/** @throws ConfigurationError */
export function readConfigApiVariables(environment = process.env): ConfigApiVariables {
  return readVariables(configApiVariables, environment);
}
