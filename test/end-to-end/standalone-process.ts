import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../peers/wait-for.ts';
import {
  type ApiAnswer,
  callApi,
  type CallOptions,
  type ServiceProcess,
  startServiceProcess,
} from './service-process.ts';

const main = new URL('../../services/standalone/src/main.ts', import.meta.url).pathname;

/** A running standalone service, as `npm start` runs it. */
export interface StandaloneProcess extends ServiceProcess {
  /** The admin key. */
  readonly key: string;
  readonly dataDirectory: string;
  /** Calls the API with the admin key. */
  call(method: string, path: string, options?: CallOptions): Promise<ApiAnswer>;
}

const defaults = { PORT: '0', ALLOW_LOOPBACK_MAIL_SERVERS: 'true', ALLOWED_MAIL_PORTS: 'any' };

const lastOfBanner = /The admin key /;

/** Starts the service over a data folder and waits until it is ready, and has said so to the end. */
export async function startStandaloneProcess(
  dataDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<StandaloneProcess> {
  const service = await startServiceProcess(main, { ...defaults, DATA_DIR: dataDirectory, ...environment });
  await waitFor('the whole banner', () => (lastOfBanner.test(service.output()) ? true : undefined));
  const key = (await readFile(join(dataDirectory, 'admin.key'), 'utf8')).trim();
  return {
    ...service,
    key,
    dataDirectory,
    call: (method, path, options) => callApi(service.api, key, method, path, options),
  };
}
