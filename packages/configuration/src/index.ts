export { ConfigurationError } from './configuration-error.ts';
export { sessionVariables, tokenVariables } from './identity-variables.ts';
export type { SessionVariables, TokenVariables } from './identity-variables.ts';
export { kafkaVariables, readKafkaConnection } from './kafka-variables.ts';
export { readVariables } from './read-variables.ts';
export { readSecret } from './secret-variable.ts';
export { serverVariables } from './server-variables.ts';
export type { ServerVariables } from './server-variables.ts';
export { integerVariable, listVariable, switchVariable, textVariable } from './variables.ts';
