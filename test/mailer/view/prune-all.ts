import type { MailView } from '../../../services/mailer/src/view/mail-view.ts';

/** Removes all that a view does not keep at that time; how many rows each step removed. */
export function pruneAll(view: Pick<MailView, 'prune'>, nowMs: number): number[] {
  const steps: number[] = [];
  for (let removed = view.prune(nowMs); removed > 0; removed = view.prune(nowMs)) steps.push(removed);
  return steps;
}
