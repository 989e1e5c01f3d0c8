/**
 * Points in an SMTP conversation where a scripted server can misbehave. `handshake` is in place of the TLS handshake,
 * `content` is the first bytes after DATA.
 */
export type Stage =
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'handshake'
  | 'ehlo-after-tls'
  | 'auth'
  | 'auth-response'
  | 'mail-from'
  | 'rcpt-to'
  | 'data'
  | 'content'
  | 'end-of-data'
  | 'rset'
  | 'noop'
  | 'quit';

export type Action =
  | { do: 'reply'; text: string }
  | { do: 'drop'; text: string }
  | { do: 'reset' }
  | { do: 'stall' }
  | { do: 'trickle'; text: string; everyMs: number }
  | { do: 'garbage' }
  | { do: 'read-slowly'; everyMs: number };

/** One or more whole reply lines, separated by a line feed. A 2yz or 3yz has its usual effect. */
export const reply = (text: string): Action => ({ do: 'reply', text });

/** Closes the connection (FIN); a reply may go out just before. */
export const drop = (lastReply?: string): Action => ({
  do: 'drop',
  text: lastReply === undefined ? '' : lines(lastReply),
});

/** Sends this much of a reply, without a line end, and closes the connection. */
export const halfReply = (text: string): Action => ({ do: 'drop', text });

/** Breaks the connection the hard way (RST). */
export const reset = (): Action => ({ do: 'reset' });

/** Never answers again and never reads again, but keeps the connection. */
export const stall = (): Action => ({ do: 'stall' });

/** A whole reply, byte by byte: no inactivity timer ever fires. */
export const trickle = (text: string, everyMs: number): Action => ({
  do: 'trickle',
  text: lines(text),
  everyMs,
});

/** Takes what the client sends in small portions, one every so often, and answers as usual. */
export const readSlowly = (everyMs: number): Action => ({ do: 'read-slowly', everyMs });

/** Bytes that are no SMTP reply. */
export const garbage = (): Action => ({ do: 'garbage' });

export type Call = {
  /** Address for mail-from and rcpt-to, else whatever follows the verb. */
  argument: string;
  /** Counted from 1 over the life of the server. */
  connection: number;
  /** How often this stage has been reached, this time included, over the life of the server. */
  occurrence: number;
  secure: boolean;
};

/** undefined means: behave well. A list answers one occurrence after the other, then behaves well. */
export type Answer = Action | readonly (Action | undefined)[] | ((call: Call) => Action | undefined);

export type Script = Partial<Record<Stage, Answer>>;

export function actionFor(script: Script, stage: Stage, call: Call): Action | undefined {
  const answer = script[stage];
  if (typeof answer === 'function') return answer(call);
  return isList(answer) ? answer[call.occurrence - 1] : answer;
}

const isList = (answer: Answer | undefined): answer is readonly (Action | undefined)[] =>
  Array.isArray(answer);

export const lines = (text: string): string => `${text.split('\n').join('\r\n')}\r\n`;
