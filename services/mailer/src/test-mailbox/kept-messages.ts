/** The messages of the test mailbox: in memory, bounded by number and bytes. The oldest make room for the newest. */
export interface ReceivedMessage {
  readonly id: string;
  readonly receivedAt: string;
  /** Of the envelope. */
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly bytes: Buffer;
}

export interface KeptMessages {
  /** Forgets the oldest until there is room. */
  add(message: ReceivedMessage): void;
  /** Newest first. */
  list(): readonly ReceivedMessage[];
  find(id: string): ReceivedMessage | undefined;
  clear(): void;
}

export interface MessageBounds {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export function createKeptMessages({ maxMessages, maxBytes }: MessageBounds): KeptMessages {
  const byId = new Map<string, ReceivedMessage>();
  let totalBytes = 0;
  const forget = ({ id, bytes }: ReceivedMessage): void => {
    if (byId.delete(id)) totalBytes -= bytes.length;
  };
  return {
    add(message) {
      if (message.bytes.length > maxBytes) return;
      for (const oldest of byId.values()) {
        if (byId.size < maxMessages && totalBytes + message.bytes.length <= maxBytes) break;
        forget(oldest);
      }
      byId.set(message.id, message);
      totalBytes += message.bytes.length;
    },
    list: () => [...byId.values()].toReversed(),
    find: (id) => byId.get(id),
    clear() {
      byId.clear();
      totalBytes = 0;
    },
  };
}
