/** Writes the types of the page's API client from the OpenAPI document. */
import { mkdir, writeFile } from 'node:fs/promises';
import { openApiDocument } from './openapi-document.ts';
import { pageTypes, pageTypesFile, usedOperations } from './page-types.ts';

await mkdir(new URL('.', pageTypesFile), { recursive: true });
await writeFile(pageTypesFile, await pageTypes(await openApiDocument(), usedOperations));
