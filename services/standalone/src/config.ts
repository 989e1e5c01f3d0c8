import { type Static, Type } from '@sinclair/typebox';
import { integerVariable, readVariables, switchVariable, textVariable } from '@postausgang/configuration';
import { mailerVariables } from '@postausgang/mailer';

/** The variables of the standalone service: its own and those of the mailer. docs/configuration.md describes them. */
export const standaloneVariables = Type.Object({
  DATA_DIR: textVariable('Folder that holds everything: log, view, keys, admin key.', { default: './data' }),
  HOST: textVariable('Address to listen on.', { default: '127.0.0.1' }),
  PORT: integerVariable('Port to listen on; 0 takes a free one.', {
    default: 8080,
    minimum: 0,
    maximum: 65_535,
  }),
  BEHIND_PROXY: switchVariable('A proxy in front ends TLS: allows to listen beyond this machine.', false),
  LOG_LEVEL: textVariable('fatal, error, warn, info, debug or trace.', {
    default: 'info',
    pattern: '^(fatal|error|warn|info|debug|trace)$',
  }),
  ...mailerVariables.properties,
});
export type StandaloneVariables = Static<typeof standaloneVariables>;

/** @throws ConfigurationError */
export function readStandaloneVariables(environment = process.env): StandaloneVariables {
  return readVariables(standaloneVariables, environment);
}

/** npm says so in the environment of its scripts. */
export function isStartedByNpm(environment = process.env): boolean {
  return environment['npm_lifecycle_event'] !== undefined;
}
