/** Writes the types of the client from the OpenAPI document. */
import { writeFile } from 'node:fs/promises';
import { clientTypes, clientTypesFile } from './client-types.ts';
import { openApiDocument } from './openapi-document.ts';

await writeFile(clientTypesFile, await clientTypes(await openApiDocument()));
