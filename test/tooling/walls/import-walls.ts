import type { Wall } from './wall.ts';

const imports = 'eslint(no-restricted-imports)';

export const importWalls: readonly Wall[] = [
  {
    says: 'contracts import TypeBox only',
    rule: imports,
    broken: {
      'packages/contracts/src/settings.ts': `import '@postausgang/settings';`,
      'packages/contracts/src/ajv.ts': `import 'ajv';`,
      'packages/contracts/src/node.ts': `import 'node:crypto';`,
    },
    kept: {
      'packages/contracts/src/typebox.ts': `import '@sinclair/typebox';`,
      'packages/contracts/src/typebox-value.ts': `import '@sinclair/typebox/value';`,
      'packages/contracts/src/mail/own.ts': `import '../typebox.ts';`,
    },
  },
  {
    says: 'settings take contracts and digests, nothing that does IO',
    rule: imports,
    broken: {
      'packages/settings/src/sealer.ts': `export { createSealer } from '@postausgang/credentials';`,
      'packages/settings/src/salt.ts': `import { createHash, randomBytes } from 'node:crypto';`,
    },
    kept: {
      'packages/settings/src/digest.ts': `import { createHash } from 'node:crypto';`,
      'packages/settings/src/finding.ts': `import { finding } from '@postausgang/contracts';`,
    },
  },
  {
    says: 'ASN.1 is read and written where certificates and S/MIME are, and certificates know nothing of ours',
    rule: imports,
    broken: {
      'services/mailer/src/apply/asn1.ts': `import '@peculiar/asn1-x509';`,
      'services/config-api/src/asn1.ts': `import '@peculiar/asn1-cms';`,
      'packages/credentials/src/certificates/contracts.ts': `import '@postausgang/contracts';`,
    },
    kept: {
      'packages/credentials/src/certificates/asn1.ts': `import '@peculiar/asn1-x509';`,
      'packages/message/src/smime/asn1.ts': `import '@peculiar/asn1-cms';\nimport '@postausgang/credentials/certificates';`,
    },
  },
  {
    says: 'the domain of a mail and the limits import contracts and the settings domain, nothing around them',
    rule: imports,
    broken: {
      'packages/mail/src/smtp.ts': `import '@postausgang/net';`,
      'services/mailer/src/limits/app.ts': `import '../app.ts';`,
    },
    kept: {
      'packages/mail/src/policy.ts': `import './retry.ts';`,
      'services/mailer/src/limits/settings.ts': `export { evolve } from '@postausgang/settings';`,
    },
  },
  {
    says: 'the event log’s port knows no adapter and its adapters not each other',
    rule: imports,
    broken: {
      'packages/event-log/src/port.ts': `import './sqlite/open.ts';`,
      'packages/event-log/src/follow.ts': `import './kafka/open.ts';`,
      'packages/event-log/src/sqlite/a.ts': `import '../kafka/b.ts';`,
      'packages/event-log/src/kafka/b.ts': `import '../sqlite/a.ts';`,
      'packages/event-log/src/kafka/file.ts': `import 'node:sqlite';`,
    },
    kept: {
      'packages/event-log/src/index.ts': `import './sqlite/open.ts';\nimport './kafka/open.ts';`,
      'packages/event-log/src/sqlite/open.ts': `import 'node:sqlite';\nimport './file.ts';\nimport '../types.ts';`,
      'packages/event-log/src/kafka/open.ts': `import '../types.ts';`,
    },
  },
  {
    says: 'only the Kafka adapter speaks kafkajs',
    rule: imports,
    broken: {
      'packages/event-log/src/connect.ts': `import 'kafkajs';`,
      'packages/event-log/src/sqlite/connect.ts': `import 'kafkajs';`,
      'packages/settings/src/connect.ts': `import 'kafkajs';`,
      'services/mailer/src/connect.ts': `import 'kafkajs';`,
      'services/mailer/src/cluster.ts': `import 'kafkajs/src/cluster';`,
      'services/standalone/src/connect.ts': `import 'kafkajs';`,
      'test/mailer/connect.ts': `import 'kafkajs';`,
    },
    kept: {
      'packages/event-log/src/kafka/connect.ts': `import 'kafkajs';`,
      'test/event-log/kafka/connect.ts': `import 'kafkajs';`,
    },
  },
  {
    says: 'only the Kerberos adapter loads the native module',
    rule: imports,
    broken: {
      'packages/windows-authentication/src/load.ts': `import 'kerberos';`,
      'services/mailer/src/smtp/kerberos.ts': `import 'kerberos';`,
    },
  },
  {
    says: 'NTLM computes messages and knows nothing that carries them',
    rule: imports,
    broken: {
      'packages/windows-authentication/src/ntlm/socket.ts': `import 'node:net';`,
      'packages/windows-authentication/src/ntlm/ticket.ts': `import '../kerberos/context.ts';`,
    },
    kept: {
      'packages/windows-authentication/src/ntlm/hash.ts': `import 'node:crypto';\nimport './md4.ts';`,
      'packages/windows-authentication/src/ntlm/md4.ts': `export const md4 = 4;`,
    },
  },
  {
    says: 'services never import each other, standalone alone composes them',
    rule: imports,
    broken: {
      'services/config-api/src/mailer.ts': `import '@postausgang/mailer';`,
      'services/config-api/src/reach.ts': `import '../../mailer/src/app.ts';`,
      'services/mailer/src/config-api.ts': `import '@postausgang/config-api';`,
      'services/mailer/src/standalone.ts': `import '@postausgang/standalone';`,
      'packages/http/src/mailer.ts': `import '@postausgang/mailer';`,
      'packages/event-log/src/mailer.ts': `import '@postausgang/mailer';`,
      'packages/event-log/src/sqlite/mailer.ts': `import '@postausgang/mailer';`,
      'packages/event-log/src/kafka/mailer.ts': `import '@postausgang/mailer';`,
    },
    kept: {
      'services/standalone/src/compose.ts': `import '@postausgang/mailer';\nimport '@postausgang/config-api';`,
    },
  },
  {
    says: 'workspaces import each other by name',
    rule: imports,
    broken: {
      'packages/credentials/src/contracts.ts': `import '../../contracts/src/typebox.ts';`,
      'packages/settings/src/contracts.ts': `import type { A } from '../../contracts/src/typebox.ts';`,
      'services/standalone/src/mailer.ts': `import '../../mailer/src/app.ts';`,
      'services/mailer/src/test.ts': `import '../../../test/peers/peer.ts';`,
    },
    kept: { 'test/mailer/reach.ts': `import '../../services/mailer/src/app.ts';` },
  },
  {
    says: 'config-api alone serves the page, and the page knows HTTP, the contracts and nothing of the services',
    rule: imports,
    broken: {
      'services/config-api/src/routes/page.ts': `import '@postausgang/page';`,
      'services/mailer/src/page.ts': `import '@postausgang/page';`,
      'services/standalone/src/page.ts': `import '@postausgang/page';`,
      'packages/http/src/page.ts': `import '@postausgang/page';`,
      'services/page/src/config-api.ts': `import '@postausgang/config-api';`,
      'services/page/src/settings.ts': `import '@postausgang/settings';`,
      'services/page/src/fastify.ts': `import 'fastify';`,
    },
    kept: {
      'services/config-api/src/config-api.ts': `import '@postausgang/page';`,
      'services/page/src/page.ts': `import '@postausgang/http';\nimport 'node:fs/promises';\nimport './files.ts';`,
      'services/page/src/fields.ts': `import '@postausgang/contracts';`,
    },
  },
  {
    says: 'the page in the browser knows its libraries, its forms and itself, nothing of the service',
    rule: imports,
    broken: {
      'services/page/src/browser/contracts.ts': `import type { A } from '@postausgang/contracts';`,
      'services/page/src/browser/views/node.ts': `import 'node:fs';`,
    },
    kept: {
      'services/page/src/browser/api/ours.ts': `export { createCall } from '@postausgang/client';`,
      'services/page/src/browser/views/ours.ts': `import { forms } from '#forms';\nimport { h } from 'preact';\nexport const a = [forms, h];`,
    },
  },
  {
    says: 'the client depends on nothing',
    rule: imports,
    broken: {
      'packages/client/src/contracts.ts': `import type { A } from '@postausgang/contracts';`,
      'packages/client/src/node.ts': `import 'node:crypto';`,
    },
    kept: { 'packages/client/src/ours.ts': `import './call.ts';` },
  },
  {
    says: 'nobody imports main.ts',
    rule: imports,
    broken: {
      'services/mailer/src/own-main.ts': `import './main.ts';`,
      'services/standalone/src/own-main.ts': `import './main.ts';`,
      'test/mailer/main.ts': `import '../../services/mailer/src/main.ts';`,
      'test/mailer/lazy-main.ts': `export const main = () => import('../../services/mailer/src/main.ts');`,
    },
  },
  {
    says: 'no circle of imports',
    rule: 'import(no-cycle)',
    broken: {
      'packages/credentials/src/p.ts': `import { q } from './q.ts';\nexport const p = () => q;`,
      'packages/credentials/src/q.ts': `import { p } from './p.ts';\nexport const q = () => p;`,
    },
  },
];
