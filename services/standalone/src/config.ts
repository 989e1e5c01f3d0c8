import { resolve } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import {
  installationVariables,
  readVariables,
  serverVariables,
  sessionVariables,
  textVariable,
  tokenVariables,
} from '@postausgang/configuration';
import { mailerVariables } from '@postausgang/mailer';

/** The variables of the standalone service: its own and those of the mailer. docs/configuration.md describes them. */
export const standaloneVariables = Type.Object({
  DATA_DIR: textVariable('Folder for all data: log, view, content, keys, admin key.', {
    default: './data',
  }),
  SENDING: textVariable(
    'Set to `paused`, it keeps the service from sending until POST /v1/environment/confirm says what the log is.',
    { default: '', pattern: '^(|paused)$' },
  ),
  ...installationVariables.properties,
  ...serverVariables.properties,
  ...sessionVariables.properties,
  ...tokenVariables.properties,
  ...mailerVariables.properties,
});
export type StandaloneVariables = Static<typeof standaloneVariables>;

/** @throws ConfigurationError */
export function readStandaloneVariables(environment = process.env): StandaloneVariables {
  return readVariables(standaloneVariables, environment);
}

/** The data folder, for commands that need nothing else. @throws ConfigurationError */
export function readDataFolder(environment = process.env): string {
  return resolve(readVariables(Type.Pick(standaloneVariables, ['DATA_DIR']), environment).DATA_DIR);
}

/** npm says so in the environment of its scripts. */
export function isStartedByNpm(environment = process.env): boolean {
  return environment['npm_lifecycle_event'] !== undefined;
}

/** The standalone service has no brokers, so whoever names some means config-api and mailer. */
export function isOverKafka(environment = process.env): boolean {
  return (environment['KAFKA_BROKERS'] ?? '') !== '';
}
