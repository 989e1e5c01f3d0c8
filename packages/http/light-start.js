/*
 * What makes a service start sooner and stay smaller. To be loaded before it (`node --import`), in JavaScript: stripping
 * the types of a single file loads the whole compiler.
 */
import { createRequire, enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/*
 * Compiled code is kept beside the code, under the same rights, so the next start is quicker and takes 20 MB less memory.
 * Where it cannot be written, nothing is kept and all else is the same.
 */
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url)));

/*
 * An ES module that imports `node:http` makes Node read all that it exports, and for the sake of these three it loads its
 * whole web client (3 MB). Nobody takes them from there; as globals they stay.
 */
const http = createRequire(import.meta.url)('node:http');
for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) {
  Object.defineProperty(http, name, { value: undefined });
}
