/** Writes docs/asyncapi.yaml. A test compares it with the contracts. */
import { writeFileSync } from 'node:fs';
import { asyncApiFile, asyncApiYaml } from './asyncapi-yaml.ts';

writeFileSync(asyncApiFile, await asyncApiYaml());
