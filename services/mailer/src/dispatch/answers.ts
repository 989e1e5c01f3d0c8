import { type MailEvent, mailIdOf } from '@postausgang/mail';
import type { CommandAnswer, MailView } from '../view/mail-view.ts';

/** The answers to commands, for whoever waits for one. */
export interface Answers {
  /** Resolves when the answer is folded: at once where it is already. */
  to(mailId: string, commandId: string): Promise<CommandAnswer>;
  /** To be called with every event that was folded. */
  folded(event: MailEvent): void;
}

export function createAnswers(view: Pick<MailView, 'answerTo'>): Answers {
  const waiting = new Map<string, (() => void)[]>();
  const keyOf = (mailId: string, commandId: string): string => `${mailId} ${commandId}`;
  return {
    to(mailId, commandId) {
      const known = view.answerTo(mailId, commandId);
      if (known !== undefined) {
        return Promise.resolve(known);
      }
      const key = keyOf(mailId, commandId);
      const { promise, resolve } = Promise.withResolvers<CommandAnswer>();
      const look = (): void => resolve(view.answerTo(mailId, commandId) ?? { code: null, detail: null });
      waiting.set(key, [...(waiting.get(key) ?? []), look]);
      return promise;
    },
    folded(event) {
      const command = 'command' in event.data ? event.data.command : undefined;
      const mailId = mailIdOf(event);
      if (command !== undefined && mailId !== null) {
        const key = keyOf(mailId, command.id);
        waiting.get(key)?.forEach((look) => look());
        waiting.delete(key);
      }
    },
  };
}
