import type { Test } from 'tap';
import { isContinuousIntegration, whatIsMissing } from './known-peers.ts';
import type { PeerName } from './known-peers.ts';

/** Whether the peer can be used right now: installed, and we may start it. */
export const hasPeer = (name: PeerName): boolean => whatIsMissing(name) === undefined;

type Reporting = Pick<Test, 'pass' | 'fail'>;

/**
 * First line of a test that needs real peers: `if (!requirePeer(t, 'postfix')) return;`
 * A missing peer is a loud skip that says how to get it, and a failure with CI=true.
 */
export function requirePeer(t: Reporting, ...names: PeerName[]): boolean {
  const missing = names.map(whatIsMissing).filter((sentence) => sentence !== undefined);
  for (const sentence of missing) {
    if (isContinuousIntegration()) t.fail(`peer missing: ${sentence}`);
    else t.pass('needs a real peer', { skip: `peer missing: ${sentence}` });
  }
  return missing.length === 0;
}
