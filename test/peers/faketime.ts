import { existsSync } from 'node:fs';

const paths = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].map(
  (folder) => `${folder}/faketime/libfaketime.so.1`,
);

/** What gives a process another clock. A server whose processes have an environment of their own has to hand it on. */
export const clockVariables = ['TZ', 'LD_PRELOAD', 'FAKETIME', 'FAKETIME_DONT_FAKE_MONOTONIC'] as const;

/** Preloaded, it gives a process another wall clock; the monotonic one stays. */
export function faketimeLibrary(): string {
  return paths.find((path) => existsSync(path)) ?? '';
}
