/** An SMTP reply (RFC 5321 §4.2) in its parts. */
export interface SmtpReply {
  /** 200 to 599. */
  readonly code: number;
  /** Enhanced status code (RFC 3463), e.g. `5.7.1`. */
  readonly enhanced: string | null;
  readonly text: string;
}

const replyPattern = /^([2-5]\d\d)(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?([^]*))?$/;

/** The parts of a reply, its lines joined by line feeds; null when it is none. */
export function readReply(raw: string): SmtpReply | null {
  const match = replyPattern.exec(raw);
  if (match === null) return null;
  const [, code = '', enhanced, text = ''] = match;
  return { code: Number(code), enhanced: enhanced ?? null, text: text.trim() };
}

/** Whether a line can begin a reply. Anything else would be taken for the answer to some later command. */
export const looksLikeReply = (raw: string): boolean => /^[2-5]\d\d(?:[ -]|$)/.test(raw);

export const isPositive = (raw: string): boolean => looksLikeReply(raw) && raw.startsWith('2');
