import { type ScriptedSmtp, startScriptedSmtp } from '../../peers/scripted-smtp.ts';
import {
  type Action,
  drop,
  garbage,
  halfReply,
  reply,
  reset,
  type Script,
  type Stage,
  stall,
} from '../../peers/smtp-script.ts';

/** How often in a thousand times a stage goes wrong like this. */
const faults: readonly (readonly [Stage, number, Action])[] = [
  ['greeting', 20, drop('421 4.3.2 Service not available')],
  ['ehlo', 10, drop()],
  ['mail-from', 3, drop()],
  ['mail-from', 3, reply('451 4.3.0 Not now')],
  ['rcpt-to', 5, reply('450 4.2.0 Greylisted')],
  ['rcpt-to', 5, reply('550 5.1.1 Unknown')],
  ['rcpt-to', 2, garbage()],
  ['data', 3, drop('421 4.3.2 Service not available')],
  ['data', 0.1, stall()],
  ['content', 3, reset()],
  ['end-of-data', 3, drop()],
  ['end-of-data', 2, halfReply('250 2.0.0 o')],
  ['end-of-data', 3, reply('451 4.3.0 Not now')],
  ['end-of-data', 3, reply('554 5.7.1 No')],
];

function chance(stage: Stage): Action | undefined {
  let left = Math.random() * 1000;
  for (const [where, perMille, action] of faults) {
    if (where !== stage) continue;
    left -= perMille;
    if (left < 0) return action;
  }
  return undefined;
}

const stages = [...new Set(faults.map(([stage]) => stage))];

const faultyScript: Script = Object.fromEntries(stages.map((stage) => [stage, () => chance(stage)]));

export interface FaultyServer {
  readonly server: ScriptedSmtp;
  /** How often each Message-ID was accepted, so far. */
  readonly accepted: ReadonlyMap<string, number>;
  /** How many messages came whole and were refused, or their acceptance did not get out. */
  readonly notAccepted: () => number;
  stop(): Promise<void>;
}

const drainEveryMs = 200;

/** A server that goes wrong now and then, and forgets what it has taken but for the Message-IDs. */
export async function startFaultyServer(): Promise<FaultyServer> {
  const server = await startScriptedSmtp({ script: faultyScript });
  const accepted = new Map<string, number>();
  let others = 0;
  const drain = (): void => {
    for (const { commands, messages } of server.conversations) {
      commands.length = 0;
      for (const message of messages.splice(0)) {
        const id = /^Message-ID: (<.*>)/im.exec(message.content.toString('latin1'))?.[1] ?? '';
        if (message.accepted) accepted.set(id, (accepted.get(id) ?? 0) + 1);
        else others += 1;
      }
    }
  };
  const timer = setInterval(drain, drainEveryMs);
  return {
    server,
    accepted,
    notAccepted: () => others,
    async stop() {
      clearInterval(timer);
      await server.stop();
      drain();
    },
  };
}
