export { ContentStoreError } from './content-store-error.ts';
export type { ContentStoreErrorCode } from './content-store-error.ts';
export type { ContentStore } from './content-store.ts';
export { openDirectoryStore } from './directory/open-directory-store.ts';
export { createS3Store } from './s3/create-s3-store.ts';
export type { S3StoreOptions } from './s3/create-s3-store.ts';
