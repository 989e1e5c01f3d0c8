export { AdminKeyFileError } from './api-keys.ts';
export { readConfigApiVariables } from './config.ts';
export { createNewAdminKey, runAdminKeyCommand } from './new-admin-key.ts';
export { makeAdminKeyOverKafka } from './server.ts';
export { configApiTags, createConfigApi } from './config-api.ts';
export type { EnvironmentOptions, RestoredData } from './environment.ts';
export type { ConfigApi, ConfigApiLimits } from './config-api.ts';
