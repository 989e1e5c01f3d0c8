/** Writes the types of the page's API client from the OpenAPI document. */
import { writeFile } from 'node:fs/promises';
import { openApiDocument } from './openapi-document.ts';
import { pageTypes, pageTypesFile } from './page-types.ts';

await writeFile(pageTypesFile, await pageTypes(await openApiDocument()));
