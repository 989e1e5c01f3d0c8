import {
  accountVariables,
  identityVariables,
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
  ADMIN_KEY_FILE: textVariable('File of the first admin key. It is created if it does not exist.', {
    default: './data/admin.key',
  }),
  SEALING_PUBLIC_KEYS: textVariable('File of the public keys that seal secrets. A mailer writes it.', {
    default: './data/public-keys.json',
  }),
  SESSION_KEY_FILE: textVariable(
    'File of the key for session cookies, the same for all config-apis. Empty: session.key beside the admin key.',
    { default: '' },
  ),
  ...sessionVariables.properties,
  ...tokenVariables.properties,
  ...accountVariables.properties,
  ...identityVariables.properties,
  MAILER_URL: textVariable(
    'Address of a mailer, such as http://mailer:8080, to show mails, and to ask whether mail waits for a sender that is to be ' +
      'deleted. Empty: mails are not shown, and senders not deleted.',
    {
      default: '',
      pattern: '^(|https?://[^/\\s?#]+/?)$',
    },
  ),
  ...kafkaVariables('postausgang-config-api').properties,
});
export type ConfigApiVariables = Static<typeof configApiVariables>;

/** @throws ConfigurationError */
export function readConfigApiVariables(environment = process.env): ConfigApiVariables {
  return readVariables(configApiVariables, environment);
}
