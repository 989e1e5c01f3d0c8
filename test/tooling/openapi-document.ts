import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { readStandaloneVariables } from '../../services/standalone/src/config.ts';
import { startStandalone } from '../../services/standalone/src/standalone.ts';
import { yamlOf } from './asyncapi-yaml.ts';

export const openApiFile = new URL('../../docs/openapi.yaml', import.meta.url);

/** docs/openapi.yaml as it has to be. */
export const openApiYaml = async (): Promise<string> =>
  yamlOf(await openApiDocument(), 'Generated from the routes by npm run generate:openapi.');

/** The OpenAPI document of the whole product. */
export async function openApiDocument(): Promise<Readonly<Record<string, unknown>>> {
  const directory = await mkdtemp(join(tmpdir(), 'postausgang-openapi-'));
  const variables = readStandaloneVariables({ DATA_DIR: directory, PORT: '0', ANONYMOUS_ROUTES: 'docs' });
  const onFailure = (error: unknown): never => {
    throw error;
  };
  const service = await startStandalone(variables, { logger: pino({ level: 'silent' }), onFailure });
  try {
    return (await (await fetch(`${service.address}/openapi.json`)).json()) as Record<string, unknown>;
  } finally {
    await service.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
