export { ContentStoreError } from './content-store.ts';
export type { ContentStore, ContentStoreErrorCode } from './content-store.ts';
export { openDirectoryStore } from './directory.ts';
export { createS3Store } from './s3.ts';
export type { S3StoreOptions } from './s3.ts';
