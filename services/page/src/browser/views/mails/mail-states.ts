import type { Operations } from '../../api/operations.ts';
import type { Tone } from '../../parts/notices.ts';

export type MailSummary = Operations['listMails']['response']['items'][number];

const tones: Readonly<Record<string, Tone | 'quiet'>> = {
  queued: 'info',
  pending: 'info',
  sending: 'info',
  deferred: 'warn',
  held: 'warn',
  sent: 'good',
  'partly-sent': 'warn',
  failed: 'bad',
  rejected: 'bad',
  expired: 'bad',
  cancelled: 'quiet',
  unknown: 'bad',
};

export function toneOf(state: string): Tone | 'quiet' {
  return tones[state] ?? 'info';
}
