import { setTimeout as sleep } from 'node:timers/promises';
import type { SendRequest } from '../../../../../packages/mail/src/transport.ts';
import { messageOfBytes } from '../../../../../packages/message/src/message.ts';
import { openSmtpTransport } from '../../../../../services/mailer/src/transports/smtp/transport.ts';
import type { Certificates } from '../../../../peers/certificates.ts';
import { type ScriptedSmtp, startScriptedSmtp } from '../../../../peers/scripted-smtp.ts';
import { optionsFor, request, signedIn, summaryOf } from '../fixture.ts';
import { firstRecipient, laterRecipient, scriptOf } from './fault-script.ts';
import { actionOf, type Fault, type FaultStage, isSlow } from './faults.ts';

export interface Cell {
  readonly stage: FaultStage;
  readonly fault: Fault;
  readonly pipelining: boolean;
}

const extensions = ['8BITMIME', 'SMTPUTF8', 'SIZE 104857600', 'ENHANCEDSTATUSCODES', 'AUTH PLAIN'];
/** More than fits into the buffers between two sockets. */
const largeMessage = Buffer.alloc(24_000_000, `${'x'.repeat(998)}\r\n`);

/** Sends to two recipients over STARTTLS with a password. What the first and the later one came to, or the opening. */
export async function runCell(
  certificates: Certificates,
  cell: Cell,
  action = actionOf(cell.stage, cell.fault),
): Promise<readonly string[]> {
  const { stage, fault, pipelining } = cell;
  const server = await startScriptedSmtp({
    certificate: certificates.server,
    extensions: pipelining ? ['PIPELINING', ...extensions] : extensions,
    script: scriptOf(stage, action),
  });
  const timeoutSeconds = isSlow(fault) ? 1.5 : 20;
  const opened = await openSmtpTransport({
    ...optionsFor(server.port, {
      description: { ...signedIn, encryption: 'starttls', timeoutSeconds },
      ca: certificates.ca.certificate,
    }),
    finalReplyTimeoutMs: timeoutSeconds * 1000,
    attemptTimeoutMs: timeoutSeconds * 2000,
  });
  try {
    if (!opened.ok) return [`server-failed ${opened.failure.code}`];
    const result = summaryOf(await opened.transport.send(requestFor(cell, server)));
    await opened.transport.close();
    return result;
  } finally {
    await server.stop();
  }
}

function requestFor({ stage, fault }: Cell, server: ScriptedSmtp): SendRequest {
  const base = request({ to: [firstRecipient, laterRecipient] });
  if (stage === 'content') return { ...base, message: messageOfBytes(largeMessage) };
  // The intent is written until the fault has arrived; the slow ones arrive after it.
  return stage === 'before the dot'
    ? { ...base, onIntent: () => (isSlow(fault) ? sleep(50) : theEnd(server)) }
    : base;
}

/** Both ends are in this process: what the server has done reaches the client within a few turns. */
async function theEnd(server: ScriptedSmtp): Promise<void> {
  await server.until('the end of the connection', () => server.conversations.at(-1)?.closed === true);
  await sleep(50);
}
