import { type Static, Type } from '@sinclair/typebox';
import { integerVariable, switchVariable, textVariable } from './variables.ts';

/** The variables of every process that listens. */
export const serverVariables = Type.Object({
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
});
export type ServerVariables = Static<typeof serverVariables>;
