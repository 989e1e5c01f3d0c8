import type { Wall } from './wall.ts';

const imports = 'eslint(no-restricted-imports)';
const properties = 'eslint(no-restricted-properties)';
const globals = 'eslint(no-restricted-globals)';

const wallsOf = (folder: string): Wall[] => [
  {
    says: `${folder} does no IO`,
    rule: imports,
    broken: {
      [`${folder}/read.ts`]: `import 'node:fs/promises';`,
      [`${folder}/lazy.ts`]: `export const fs = () => import('node:fs');`,
      [`${folder}/key.ts`]: `export { randomBytes } from 'node:crypto';`,
      [`${folder}/fastify.ts`]: `import type { FastifyInstance } from 'fastify';`,
      [`${folder}/log.ts`]: `import '@postausgang/event-log';`,
    },
    kept: { [`${folder}/neighbor.ts`]: `export { at } from './at.ts';` },
  },
  {
    says: `${folder} reads no clock by name and draws no lots`,
    rule: properties,
    broken: {
      [`${folder}/date-now.ts`]: `export const now = () => Date.now();`,
      [`${folder}/random.ts`]: `export const lot = () => Math.random();`,
    },
  },
  {
    says: `${folder} reads no clock by construction`,
    rule: 'postausgang(no-clock)',
    broken: {
      [`${folder}/new-date.ts`]: `export const now = () => new Date();`,
      [`${folder}/date.ts`]: `export const now = () => Date();`,
    },
    kept: { [`${folder}/at.ts`]: `export const at = (time: string) => new Date(Date.parse(time) + 1);` },
  },
  {
    says: `${folder} knows no process and no timer`,
    rule: globals,
    broken: {
      [`${folder}/id.ts`]: `export const id = () => crypto.randomUUID();`,
      [`${folder}/global.ts`]: `export const id = () => globalThis.crypto.randomUUID();`,
      [`${folder}/env.ts`]: `export const home = () => process.env['HOME'];`,
      [`${folder}/timer.ts`]: `export const wait = () => setTimeout(() => undefined, 1);`,
    },
  },
];

const pureFolders = [
  'packages/contracts/src/events',
  'packages/settings/src',
  'packages/mail/src',
  'services/mailer/src/limits',
];

export const pureWalls: readonly Wall[] = pureFolders.flatMap(wallsOf);
