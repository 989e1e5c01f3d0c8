import { Gauge, type Registry } from 'prom-client';
import type { MailQueueStats } from '../dispatch/mail-queue.ts';

/** What the queue holds, as metrics: how many mails are in which state, and whether the server works. */
export function addMailMetrics(registry: Registry, stats: () => MailQueueStats): void {
  const registers = [registry];
  const mails = new Gauge({
    name: 'postausgang_mails',
    help: 'Mails by state',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(stats().states)) {
        mails.set({ state }, count);
      }
    },
  });
  const standstill: Gauge = new Gauge({
    name: 'postausgang_mail_standstill',
    help: '1 while mail waits for the server as a whole',
    registers,
    collect: () => standstill.set(stats().standstill === null ? 0 : 1),
  });
  const unreadable: Gauge = new Gauge({
    name: 'postausgang_mail_records_unreadable',
    help: 'Records of the mail topics that could not be read since the start',
    registers,
    collect: () => unreadable.set(stats().unreadable),
  });
}
