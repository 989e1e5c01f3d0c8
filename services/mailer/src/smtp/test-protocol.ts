import type { X509Certificate } from 'node:crypto';
import {
  type ConnectionTestStep,
  type ConnectionTestStepName,
  type Failure,
  type TestedProtocol,
  testStepsOf,
} from '@postausgang/contracts';
import { peerCertificate, type StageFinding, type StageObserver, untrustedText } from '@postausgang/net';

/** Collects what a connection test finds, as it happens, and gives the steps in the contract's order. */
export interface TestProtocol extends StageObserver {
  failed(step: ConnectionTestStepName, hint: Failure, reply: string | null): void;
  /** Every step; those that were not come to are skipped. */
  steps(): readonly ConnectionTestStep[];
}

/**
 * @param now the time, for the days a certificate has left
 * @param onStep hears of each step as it happens
 */
export function createTestProtocol(
  now: Date,
  onStep?: (step: ConnectionTestStep) => void,
  protocol: TestedProtocol = 'smtp',
): TestProtocol {
  const steps = new Map<ConnectionTestStepName, ConnectionTestStep>();
  let seenCertificates: readonly X509Certificate[] = [];
  let since = performance.now();
  const lap = (): number => {
    const before = since;
    since = performance.now();
    return Math.round(since - before);
  };
  const add = (step: ConnectionTestStep, { detail, reply }: StageFinding): void => {
    const [seen, ...chain] = step.name === 'tls' ? seenCertificates : [];
    const found: ConnectionTestStep = {
      ...step,
      milliseconds: lap(),
      ...(detail === undefined ? {} : { detail: untrustedText(detail) }),
      ...(reply === undefined ? {} : { reply: untrustedText(reply) }),
      ...(seen === undefined ? {} : { certificate: peerCertificate(seen, now) }),
      ...(chain.length === 0 ? {} : { chain: chain.map((one) => peerCertificate(one, now)) }),
    };
    steps.set(step.name, found);
    onStep?.(found);
  };
  return {
    passed: (name, finding) => add({ name, state: 'ok' }, finding),
    certificate(seen, chain) {
      seenCertificates = [seen, ...chain];
    },
    failed: (name, hint, reply) => add({ name, state: 'failed', hint }, reply === null ? {} : { reply }),
    steps: () => testStepsOf[protocol].map((name) => steps.get(name) ?? { name, state: 'skipped' }),
  };
}
