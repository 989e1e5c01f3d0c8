import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callApi, startServiceProcess } from '../end-to-end/service-process.ts';
import { kafkaVariables, type TestBrokers, testLogKey } from './test-brokers.ts';
import type { Product } from '../fixtures/product.ts';

const mainOf = (service: string) =>
  new URL(`../../services/${service}/src/main.ts`, import.meta.url).pathname;

export interface TwoServices extends Product {
  /** The address of config-api; `api` is that of the mailer. */
  readonly configApi: string;
  /** SIGTERM, in good order. */
  stop(): Promise<void>;
}

const atMailer = /^\/v1\/(mails|queue|refused-mail-requests|statistics)/;

/** A config-api and one mailer. `view` in the directory is the mailer's view; the rest cannot be rebuilt. */
export async function startTwoServices(
  kafka: TestBrokers,
  directory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<TwoServices> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const shared = {
    ...kafkaVariables(kafka),
    LOG_KEYS: testLogKey,
    PORT: '0',
    LOG_LEVEL: 'warn',
    ...environment,
  };
  const publicKeys = join(directory, 'public', 'public-keys.json');
  const mailer = await startServiceProcess(mainOf('mailer'), {
    ...shared,
    MAILER_ID: 'm0',
    DATA_DIR: join(directory, 'view'),
    KEY_DIRECTORY: join(directory, 'keys'),
    PUBLIC_KEYS_FILE: publicKeys,
    CONTENT_DIRECTORY: join(directory, 'content'),
    ALLOW_LOOPBACK_MAIL_SERVERS: 'true',
    ALLOWED_MAIL_PORTS: 'any',
    ALLOWED_EXCHANGE_PORTS: 'any',
  });
  const adminKeyFile = join(directory, 'admin.key');
  const configApi = await startServiceProcess(mainOf('config-api'), {
    ...shared,
    ADMIN_KEY_FILE: adminKeyFile,
    SEALING_PUBLIC_KEYS: publicKeys,
    MAILER_URL: mailer.api,
  });
  const key = (await readFile(adminKeyFile, 'utf8')).trim();
  return {
    api: mailer.api,
    configApi: configApi.api,
    call: (method, path, options) =>
      callApi(atMailer.test(path) ? mailer.api : configApi.api, key, method, path, options),
    async stop() {
      await Promise.all([mailer.stop(), configApi.stop()]);
    },
  };
}
