export { ConfigurationError } from './configuration-error.ts';
export { readVariables } from './read-variables.ts';
export { integerVariable, listVariable, switchVariable, textVariable } from './variables.ts';
