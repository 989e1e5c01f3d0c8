import type { OnUnknown, OutgoingServerContent } from '@postausgang/contracts';

/** The policy of a server for mail that does not bring its own: Exchange can be asked for a message, SMTP cannot. */
export function effectiveOnUnknown({
  onUnknown,
  serverType,
}: Pick<OutgoingServerContent, 'onUnknown' | 'serverType'>): OnUnknown {
  return onUnknown ?? (serverType === 'exchange' ? 'reconcile' : 'hold');
}
