import { ConfigurationError, readSecret, textVariable } from '@postausgang/configuration';
import { type ContentStore, createS3Store, openDirectoryStore } from '@postausgang/content-store';
import { type Static, Type } from '@sinclair/typebox';

/** Where the attachments lie that are too large for the log. */
export const contentVariables = Type.Object({
  CONTENT_DIRECTORY: textVariable('Folder for large attachments, the same for all mailers.', {
    default: './data/content',
  }),
  CONTENT_S3_URL: textVariable('Bucket for large attachments instead of the folder, and a prefix.', {
    default: '',
    pattern: '^(https?://.*)?$',
  }),
  CONTENT_S3_REGION: textVariable('Region of the bucket.', { default: 'us-east-1' }),
  CONTENT_S3_ACCESS_KEY_ID: textVariable('Access key for the bucket.', { default: '' }),
  CONTENT_S3_SECRET_ACCESS_KEY: textVariable('Secret of the access key.', { default: '' }),
  CONTENT_S3_SECRET_ACCESS_KEY_FILE: textVariable('File that holds the secret of the access key, instead.', {
    default: '',
  }),
});

/** @throws ConfigurationError, ContentStoreError */
export async function openContentStore(variables: Static<typeof contentVariables>): Promise<ContentStore> {
  const { CONTENT_S3_URL: url, CONTENT_S3_ACCESS_KEY_ID: accessKeyId } = variables;
  if (url === '') return openDirectoryStore(variables.CONTENT_DIRECTORY);
  const secretAccessKey = await readSecret(
    'CONTENT_S3_SECRET_ACCESS_KEY',
    variables.CONTENT_S3_SECRET_ACCESS_KEY,
    variables.CONTENT_S3_SECRET_ACCESS_KEY_FILE,
  );
  if (accessKeyId === '' || secretAccessKey === '') {
    throw new ConfigurationError([
      'CONTENT_S3_URL: set CONTENT_S3_ACCESS_KEY_ID and CONTENT_S3_SECRET_ACCESS_KEY(_FILE) as well',
    ]);
  }
  return createS3Store({ url, region: variables.CONTENT_S3_REGION, accessKeyId, secretAccessKey });
}
