export { AdminKeyFileError } from './api-keys/admin-key-file.ts';
export { configApiTags, createConfigApi } from './config-api.ts';
export type { ConfigApi, ConfigApiLimits } from './config-api.ts';
