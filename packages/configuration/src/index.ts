export { readAllVariables } from './variables.ts';
export { explainFileError, requireWritableFolder } from './folders.ts';
export { installationVariables, kafkaVariables, readKafkaConnection } from './kafka-variables.ts';
export type { KafkaConnection } from './kafka-variables.ts';
export { readLogKeys, readProducerKeys } from './log-keys.ts';
export {
  createPrivateFile,
  ensurePrivateDirectory,
  PrivateFileError,
  readPrivateFile,
  replacePrivateFile,
  syncDirectory,
} from './private-files.ts';
export {
  accountVariables,
  identityHostsOf,
  identityVariables,
  serverVariables,
  sessionVariables,
  tokenVariables,
} from './service-variables.ts';
export type {
  AccountVariables,
  ServerVariables,
  SessionVariables,
  TokenVariables,
} from './service-variables.ts';
export {
  ConfigurationError,
  integerVariable,
  listVariable,
  readSecret,
  readVariables,
  switchVariable,
  textVariable,
} from './variables.ts';
