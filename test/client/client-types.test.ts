import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { clientTypes, clientTypesFile } from '../tooling/client-types.ts';
import { openApiDocument } from '../tooling/openapi-document.ts';

test('the client knows the API as the OpenAPI document describes it', async (t) => {
  const generated = await clientTypes(await openApiDocument());
  t.equal(readFileSync(clientTypesFile, 'utf8'), generated, 'npm run generate:client-types');
});
