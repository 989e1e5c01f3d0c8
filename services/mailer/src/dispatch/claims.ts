/**
 * Who wins between an attempt and a command about its mail. Both are in this process and nothing is awaited in between:
 * until the attempt commits, which it does before its intent goes to the log, a command can call it off. After that the
 * message is on its way, and the command is decided on what the log says.
 */
export interface Claims {
  /** For the attempt that is about to begin. */
  open(mailId: string): Claim;
  /** Says whether there is an attempt that is called off by this, in favor of the event with this id. */
  callOff(mailId: string, eventId: string): boolean;
  /** Calls off every attempt that has not committed, and all that follow: the process stops. Says which mails. */
  close(): readonly string[];
}

export interface Claim {
  /** False: the attempt was called off, and must not go on. */
  commit(): boolean;
  /** The id of the event it was called off by. */
  calledOffBy(): string | null;
  end(): void;
}

/** Instead of an event's id: no event tells of it, the mail is as it was. */
const stopping = 'stopping';

export function createClaims(): Claims {
  const open = new Map<string, (eventId: string) => void>();
  let isClosed = false;
  return {
    open(mailId) {
      let calledOffBy: string | null = isClosed ? stopping : null;
      const close = () => void open.delete(mailId);
      open.set(mailId, (eventId) => {
        calledOffBy = eventId;
        close();
      });
      return {
        commit() {
          if (calledOffBy === null) {
            close();
          }
          return calledOffBy === null;
        },
        calledOffBy: () => calledOffBy,
        end: close,
      };
    },
    close() {
      isClosed = true;
      const mailIds = [...open.keys()];
      open.values().forEach((callOff) => callOff(stopping));
      return mailIds;
    },
    callOff(mailId, eventId) {
      const callOff = open.get(mailId);
      callOff?.(eventId);
      return callOff !== undefined;
    },
  };
}
