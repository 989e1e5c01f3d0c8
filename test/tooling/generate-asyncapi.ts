/** Writes docs/asyncapi.yaml and docs/asyncapi-erp.yaml. A test compares them with the contracts. */
import { writeFileSync } from 'node:fs';
import { asyncApiFile, asyncApiYaml, erpAsyncApiFile, erpAsyncApiYaml } from './asyncapi-yaml.ts';

writeFileSync(asyncApiFile, await asyncApiYaml());
writeFileSync(erpAsyncApiFile, await erpAsyncApiYaml());
