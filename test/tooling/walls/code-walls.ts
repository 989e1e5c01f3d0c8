import type { Wall } from './wall.ts';

export const codeWalls: readonly Wall[] = [
  {
    says: 'only a service’s config.ts reads process.env',
    rule: 'eslint(no-restricted-properties)',
    broken: {
      'services/mailer/src/host.ts': `export const host = () => process.env['HOST'];`,
      'services/mailer/src/smtp/config.ts': `export const host = () => process.env['HOST'];`,
      'services/standalone/src/main.ts': `export const host = () => process.env['HOST'];`,
      'packages/credentials/src/config.ts': `export const host = () => process.env['HOST'];`,
      'packages/credentials/src/env.ts': `export const all = () => {\n  const { env } = process;\n  return env;\n};`,
    },
    kept: {
      'services/mailer/src/config.ts': `export const host = () => process.env['HOST'];`,
      'test/peers/ci.ts': `export const ci = () => process.env['CI'];`,
    },
  },
  {
    says: 'nobody imports the process to get round that',
    rule: 'eslint(no-restricted-imports)',
    broken: { 'packages/credentials/src/process.ts': `import 'node:process';` },
  },
  {
    says: 'no default exports',
    rule: 'import(no-default-export)',
    broken: { 'packages/credentials/src/default.ts': `export default 1;` },
  },
  {
    says: 'no any',
    rule: 'typescript(no-explicit-any)',
    broken: { 'packages/credentials/src/any.ts': `export const a = (b: any) => [b];` },
  },
  {
    says: 'no non-null assertions',
    rule: 'typescript(no-non-null-assertion)',
    broken: { 'packages/credentials/src/non-null.ts': `export const a = (b: string | null) => b!.length;` },
  },
  {
    says: 'no floating promises, but tap’s test may float',
    rule: 'typescript(no-floating-promises)',
    broken: {
      'packages/credentials/src/floating.ts': `export const a = (b: () => Promise<void>) => {\n  b();\n};`,
      'test/sealing/floating.ts': `export const a = (b: () => Promise<void>) => {\n  b();\n};`,
      'test/sealing/inner.test.ts': `import { test } from 'tap';\ntest('x', (t) => {\n  t.rejects(fetch('y'));\n  t.end();\n});`,
    },
    kept: { 'test/sealing/x.test.ts': `import { test } from 'tap';\ntest('x', async (t) => t.end());` },
  },
  {
    says: 'no switch forgets a case',
    rule: 'typescript(switch-exhaustiveness-check)',
    broken: {
      'packages/credentials/src/switch.ts': `export const a = (b: 'x' | 'y') => {\n  switch (b) {\n    case 'x':\n      return 1;\n  }\n};`,
    },
  },
  {
    says: 'only main.ts prints',
    rule: 'eslint(no-console)',
    broken: {
      'packages/credentials/src/print.ts': `export const a = () => console.log(1);`,
      'services/mailer/src/app.ts': `export const a = () => console.log(1);`,
    },
    kept: { 'services/mailer/src/main.ts': `console.log('listening');` },
  },
  {
    says: 'no file above 250 lines',
    rule: 'eslint(max-lines)',
    broken: { 'packages/credentials/src/long.ts': 'export {};\n'.repeat(351) },
    kept: { 'packages/credentials/src/short.ts': 'export {};\n'.repeat(349) },
  },
  {
    says: 'no test has a fixed instant beside a clock that runs',
    rule: 'postausgang(one-clock)',
    broken: {
      'test/sealing/two-clocks.ts': `export const at = [new Date('2026-11-23T08:16:00Z'), new Date()];`,
      'test/sealing/time-stamp.ts': `export const at = 1_800_000_000_000 - Date.now();`,
      'test/sealing/utc.ts': `export const at = { now: Date.now, then: Date.UTC(2026, 10, 23) };`,
      'test/sealing/local.ts': `export const at = new Date(2026, 10, 23) > new Date();`,
      'test/sealing/default-clock.ts': `const systemClock = { nowMs: 0 };\nexport const at = { since: '2026-11-23', clock: systemClock };`,
    },
    kept: {
      'test/sealing/fixed.ts': `export const now = () => new Date('2026-11-23T08:16:00Z');`,
      'test/sealing/running.ts': `export const later = () => new Date(Date.now() + 2026);`,
      'test/sealing/no-date.ts': `export const at = [new Date(), '2026-02-30T00:00:00Z', '192.0.20-26'];`,
    },
  },
  {
    says: 'file names are kebab-case',
    rule: 'unicorn(filename-case)',
    broken: { 'packages/credentials/src/fileName.ts': 'export const a = 1;' },
  },
];
