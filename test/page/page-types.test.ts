import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { openApiDocument } from '../tooling/openapi-document.ts';
import { pageTypes, pageTypesFile } from '../tooling/page-types.ts';

test('the page knows the API as its OpenAPI document describes it', async (t) => {
  const generated = await pageTypes(await openApiDocument());
  t.equal(readFileSync(pageTypesFile, 'utf8'), generated, 'npm run generate:page-types');
});
