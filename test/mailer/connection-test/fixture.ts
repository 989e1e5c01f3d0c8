import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { ConnectionTestStep, OutgoingServerContent } from '@postausgang/contracts';
import { createOpener, openKeyRing } from '@postausgang/credentials';
import { noReferences } from '@postausgang/settings';
import { composeMail } from '../../../packages/message/src/compose.ts';
import { defaultConnectionPolicy } from '../../../packages/net/src/guard.ts';
import type { MessageMaking } from '../../../services/mailer/src/engine/prepare-attempt.ts';
import type { RunTestOptions } from '../../../services/mailer/src/connection-test/stages.ts';
import type { RequestedTest } from '../../../services/mailer/src/connection-test/runner.ts';
import { noSecurity } from '../../message/smime/no-security.ts';
import { serverContent } from '../server-content.ts';

const policy = { ...defaultConnectionPolicy, allowedPorts: 'any', allowLoopback: true } as const;

/** What a mailer runs a connection test with. */
export async function testOptions(
  t: Test,
  more: Partial<RunTestOptions> & Pick<Partial<MessageMaking>, 'security'> = {},
): Promise<RunTestOptions> {
  const now = () => new Date();
  const directory = await mkdtemp(join(tmpdir(), 'postausgang-test-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return {
    opener: createOpener(await openKeyRing(directory)),
    identityHosts: noReferences.identityHosts,
    smtp: { policy, ehloName: 'mailer.test', maxConnections: 5 },
    exchange: { policy, proxy: null, now, maxConnections: 4 },
    compose: composeMail,
    security: noSecurity,
    now,
    certificatesOf: () => new Map(),
    quotaFailure: () => null,
    permit: (_testId, recipients) => ({ ok: true, recipients, giveBack: () => undefined }),
    ...more,
  };
}

/** Settings that send to a server on loopback, without encryption and sign-in. */
export const contentFor = (
  port: number,
  more: Partial<OutgoingServerContent> = {},
): OutgoingServerContent => {
  const content = serverContent({ timeoutSeconds: 5, ...more });
  return { ...content, smtp: { ...content.smtp, hostname: '127.0.0.1', port } };
};

export const requested = (
  content: OutgoingServerContent,
  more: Partial<RequestedTest> = {},
): RequestedTest => ({
  testId: 't1',
  resource: 'outgoing-servers/default',
  settingsVersion: 1,
  draft: false,
  content,
  probeTo: 'me@acme.example',
  actor: { kind: 'system', id: 'test', name: 'test' },
  ...more,
});

/** `ok`, or `step failed:code`. */
export function verdictOf(steps: readonly ConnectionTestStep[]): string {
  const failed = steps.find(({ state }) => state === 'failed');
  return failed === undefined ? 'ok' : `${failed.name} failed:${failed.hint?.code}`;
}
