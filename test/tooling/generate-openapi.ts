/** Writes docs/openapi.yaml. A test compares it with the routes. */
import { writeFileSync } from 'node:fs';
import { openApiFile, openApiYaml } from './openapi-document.ts';

writeFileSync(openApiFile, await openApiYaml());
