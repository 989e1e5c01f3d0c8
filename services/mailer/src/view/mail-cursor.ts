/** Where a page of mails ended: mails are listed by time of acceptance, then by id. */
export interface MailCursor {
  readonly acceptedAtMs: number;
  readonly id: string;
}

/** The cursor as an opaque text for URLs. */
export function writeMailCursor({ acceptedAtMs, id }: MailCursor): string {
  return Buffer.from(`${acceptedAtMs} ${id}`).toString('base64url');
}

/** The cursor of a text, or undefined when it is not one. */
export function readMailCursor(text: string): MailCursor | undefined {
  const [, acceptedAtMs, id] =
    /^(-?\d{1,15}) (\S{1,200})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return acceptedAtMs === undefined || id === undefined
    ? undefined
    : { acceptedAtMs: Number(acceptedAtMs), id };
}
