/*
 * Loaded before a service (`node --import`). In JavaScript, because stripping the types of a single file loads the whole
 * compiler.
 *
 * Compiled code is kept beside the code, under the same rights, so the next start is quicker and takes 20 MB less memory.
 * Where it cannot be written, nothing is kept and all else is the same.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url)));
