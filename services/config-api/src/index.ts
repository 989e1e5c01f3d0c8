export { AdminKeyFileError } from './api-keys.ts';
export { createNewAdminKey } from './new-admin-key.ts';
export { configApiTags, createConfigApi } from './config-api.ts';
export type { ConfigApi, ConfigApiLimits } from './config-api.ts';
