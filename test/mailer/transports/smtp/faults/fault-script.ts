import type { Action, Script, Stage } from '../../../../peers/smtp-script.ts';
import type { FaultStage } from './faults.ts';

export const firstRecipient = 'b@x.test';
export const laterRecipient = 'c@x.test';

/** Where the scripted server has its word for a stage. */
const scriptStages: Readonly<Record<FaultStage, Stage>> = {
  greeting: 'greeting',
  EHLO: 'ehlo',
  STARTTLS: 'starttls',
  handshake: 'handshake',
  'EHLO after TLS': 'ehlo-after-tls',
  AUTH: 'auth',
  MAIL: 'mail-from',
  'first RCPT': 'rcpt-to',
  'later RCPT': 'rcpt-to',
  DATA: 'data',
  content: 'content',
  'before the dot': 'content',
  'final dot': 'end-of-data',
  QUIT: 'quit',
};

/** The server does this at that stage, every time, and is a good one everywhere else. */
export function scriptOf(stage: FaultStage, action: Action): Script {
  const wanted = { 'first RCPT': firstRecipient, 'later RCPT': laterRecipient }[stage as string];
  return {
    [scriptStages[stage]]:
      wanted === undefined
        ? action
        : ({ argument }: { readonly argument: string }) =>
            argument.startsWith(wanted.slice(0, 2)) ? action : undefined,
  };
}
