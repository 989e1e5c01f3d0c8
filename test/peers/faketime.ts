import { existsSync } from 'node:fs';

const paths = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].map(
  (folder) => `${folder}/faketime/libfaketime.so.1`,
);

/** Preloaded, it gives a process another wall clock; the monotonic one stays. */
export function faketimeLibrary(): string {
  return paths.find((path) => existsSync(path)) ?? '';
}
