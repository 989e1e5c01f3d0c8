import { resolve } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import {
  accountVariables,
  ConfigurationError,
  installationVariables,
  integerVariable,
  readVariables,
  serverVariables,
  sessionVariables,
  textVariable,
  tokenVariables,
} from '@postausgang/configuration';
import { topics } from '@postausgang/contracts';
import { mailerVariables } from '@postausgang/mailer';

const dayMs = 24 * 60 * 60 * 1000;
const days = (timeMs: number): number => timeMs / dayMs;

/** The variables of the standalone service: its own and those of the mailer. docs/configuration.md describes them. */
export const standaloneVariables = Type.Object({
  DATA_DIR: textVariable('Folder for all data: log, view, content, keys, admin key.', {
    default: './data',
  }),
  SENDING: textVariable(
    'Set to `paused`, it keeps the service from sending until POST /v1/environment/confirm says what the log is.',
    { default: '', pattern: '^(|paused)$' },
  ),
  KEEP_REQUESTS_DAYS: integerVariable(
    'Days for which the log keeps mails with their content. A mail that still waits is kept for longer. A view that is ' +
      'rebuilt knows no mail that is older.',
    { default: days(topics.mailRequests.retentionMs), minimum: 12, maximum: 3650 },
  ),
  KEEP_EVENTS_DAYS: integerVariable(
    'Days for which the log keeps the events of mails and connection tests. Not fewer than KEEP_REQUESTS_DAYS.',
    { default: days(topics.mailEvents.retentionMs), minimum: 12, maximum: 3650 },
  ),
  ...installationVariables.properties,
  ...serverVariables.properties,
  ...sessionVariables.properties,
  ...tokenVariables.properties,
  ...accountVariables.properties,
  ...mailerVariables.properties,
});
export type StandaloneVariables = Static<typeof standaloneVariables>;

/** @throws ConfigurationError */
export function readStandaloneVariables(environment = process.env): StandaloneVariables {
  const variables = readVariables(standaloneVariables, environment);
  if (variables.KEEP_EVENTS_DAYS < variables.KEEP_REQUESTS_DAYS) {
    // A request without its events looks like a mail that was never sent.
    throw new ConfigurationError(['KEEP_EVENTS_DAYS: must not be less than KEEP_REQUESTS_DAYS']);
  }
  return variables;
}

/** How long the log keeps the records of each topic. */
export function retentionOf({
  KEEP_REQUESTS_DAYS,
  KEEP_EVENTS_DAYS,
}: Pick<StandaloneVariables, 'KEEP_REQUESTS_DAYS' | 'KEEP_EVENTS_DAYS'>): {
  readonly requestsMs: number;
  readonly eventsMs: number;
} {
  return { requestsMs: KEEP_REQUESTS_DAYS * dayMs, eventsMs: KEEP_EVENTS_DAYS * dayMs };
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
