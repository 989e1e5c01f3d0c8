import { type ConnectionTestStepName, type Failure, failure } from '@postausgang/contracts';

/** Why there is no session. */
export interface NotOpened {
  readonly ok: false;
  readonly stage: ConnectionTestStepName;
  readonly failure: Failure;
  /** The reply that ended it, as it came. */
  readonly reply: string | null;
}

export function notOpened(
  stage: ConnectionTestStepName,
  why: Failure,
  reply: string | null = null,
): NotOpened {
  return { ok: false, stage, failure: why, reply };
}

const addressCodes: ReadonlySet<string> = new Set([
  'server-busy',
  'server-throttled',
  'too-many-connections',
  'server-refuses-service',
  'connection-lost',
  'greeting-timeout',
  'not-an-smtp-server',
]);

/** 421, 554 or a drop before the end of EHLO: another address of the name may do better. */
export function isOfAddress({ stage, failure: why }: NotOpened): boolean {
  return stage === 'connect' || stage === 'greeting' || addressCodes.has(why.code);
}

/** That one family has no route is normal, and the server that came furthest says most. */
export function mostTelling(failed: readonly NotOpened[]): NotOpened {
  const greeted = failed.find(({ stage }) => stage !== 'connect');
  const telling = failed.find(({ failure: why }) => why.code !== 'network-unreachable');
  return greeted ?? telling ?? failed.at(-1) ?? notOpened('connect', failure('connection-timeout'));
}
