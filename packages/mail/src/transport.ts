import type {
  ConnectionTestStep,
  DsnNotify,
  Failure,
  LookupWitness,
  NotOffered,
} from '@postausgang/contracts';

/** The SMTP envelope of one transaction: plain addr-specs that passed the strict grammar. */
export interface SendEnvelope {
  /** Empty: the null reverse-path. */
  readonly from: string;
  /** At most 100 (RFC 5321 §4.5.3.1.8). */
  readonly to: readonly string[];
}

/** What is known when all content has been handed over and only the final dot is missing. */
export interface Intent {
  /** The recipients the server has accepted. */
  readonly accepted: readonly string[];
  /** `host:port` as configured. */
  readonly server: string;
  /** TLS version and cipher, null without TLS. */
  readonly tls: string | null;
}

/** A mail as a server gets it, and what whoever put it together knows of its bytes. */
export interface Message {
  /** CRLF line ends, not dot-stuffed. The same bytes on every attempt. Empty after `release`. */
  readonly bytes: Uint8Array;
  /**
   * They are known to go over the wire as they are: no line begins with a dot, and every line ends with CRLF. Looking for
   * that takes SMTP longer than anything else it does with a large message.
   */
  readonly wireReady: boolean;
  /**
   * Gives the memory back where it is the message's own; nobody may be writing it at the time. Left to the garbage
   * collector, large messages make it go through everything else again and again.
   */
  release(): void;
}

/** Reports of delivery that a mail asks for (RFC 3461). */
export interface DsnRequest {
  readonly notify: readonly DsnNotify[];
  /** What a report returns; null: as the server likes. */
  readonly ret: 'full' | 'headers' | null;
  /** Names the mail in reports. */
  readonly mailId: string;
  /** Whom they are about; not the copies that this service adds. */
  readonly recipients: readonly string[];
}

export interface SendRequest {
  readonly envelope: SendEnvelope;
  /** The envelope sender is another one than the author of the message. */
  readonly hasBounceAddress?: boolean;
  readonly dsn?: DsnRequest | undefined;
  /**
   * The recipients are others than those that the message was made for: a server that takes them from the message gets
   * none of the fields that name them as they are.
   */
  readonly namesRecipientsAnew?: boolean;
  /** Released when `send` has settled with a recipient `sent`: whoever wants to keep the bytes copies them. */
  readonly message: Message;
  /** The mailbox to send through, where it is not that of the connection. Only Exchange has mailboxes. */
  readonly mailbox?: string;
  /**
   * Called once, after all content is written and before the final dot. The dot is sent only after this resolves;
   * when it rejects, the connection is dropped and nothing has been handed over.
   */
  readonly onIntent: (intent: Intent) => Promise<void>;
}

/** What became of one recipient in this transaction. */
export interface SendRecipient {
  readonly address: string;
  readonly outcome: 'sent' | 'rejected' | 'deferred' | 'unknown';
  readonly reply?: string;
  readonly failure?: Failure;
  /**
   * Set where a refusal for good says too little to be sure that it is about this recipient, sender or message: what it
   * has in common with others like it. Several in a row are about this client.
   */
  readonly alike?: string;
}

/**
 * The end of a transaction; `send` never rejects.
 * `finished`: the server said something about every recipient, or the outcome is unknown.
 * `server-failed`: no transaction came about because of the server as a whole (resolve, connect, TLS, sign-in): it
 * says nothing about this mail, nothing was handed over.
 */
export type SendResult =
  | {
      readonly kind: 'finished';
      readonly recipients: readonly SendRecipient[];
      readonly server: string;
      readonly tls: string | null;
      readonly reply: string | null;
      /** What stopped the transaction as a whole, if something did. */
      readonly failure: Failure | null;
      /** What was asked for and this server cannot do; the mail goes out without it. */
      readonly notOffered?: readonly NotOffered[];
    }
  | { readonly kind: 'server-failed'; readonly server: string; readonly failure: Failure };

/** The end of a transaction that came about. */
export type FinishedSend = Extract<SendResult, { kind: 'finished' }>;

/** The message to look for at a server whose answer was lost. */
export interface Lookup {
  /** With angle brackets. */
  readonly messageId: string;
  /** The sender of the envelope: whose mailbox it may have been sent from. */
  readonly envelopeFrom: string;
  /** As in the request to send. */
  readonly mailbox?: string;
  /** When the attempt began. */
  readonly since: Date;
  /** When it ended; the beginning, where that is not known. */
  readonly until: Date;
  /** As it was asked for; null: not known, or none. */
  readonly subject: string | null;
  /** Whose outcome is unknown. */
  readonly recipients: readonly string[];
  /**
   * The Message-IDs of other mails that were handed over around the same time, with the same subject and a recipient in
   * common; null for one that is not known. Without its Message-ID, the mail cannot be told from them.
   */
  readonly alike: readonly (string | null)[];
}

/**
 * What the server says of a message, by the witness that decided. Servers may rewrite a Message-ID ([MS-OXCMAIL]
 * 2.1.3.2.11), so one that is missing proves nothing: date, subject and recipients are the second witness. `not-found`:
 * neither of the two knows the message, and all was looked through; it is believed when it is said again some minutes
 * later, for a message may turn up late. `ambiguous`: there is one that may be the message or another. `unsupported`: this
 * server cannot be asked. `failed`: it did not answer this time.
 */
export type LookupResult =
  | { readonly kind: 'found'; readonly witness?: Exclude<LookupWitness, 'none'> }
  | { readonly kind: 'not-found' | 'ambiguous' | 'unsupported' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** A message that was handed over, and that the mailbox has filed. */
export type FiledLookup = Pick<Lookup, 'messageId' | 'mailbox' | 'since' | 'until' | 'recipients'> & {
  readonly subject: string;
};

/** Who a filed copy is from. `not-found`: there is none yet, or none that is surely this one. `unsupported`: see there. */
export type FiledSender =
  | { readonly kind: 'found'; readonly address: string }
  | { readonly kind: 'not-found' | 'unsupported' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What a server was seen to allow; null: as much as was wanted. */
export interface LearnedLimits {
  /** Connections at one time. */
  readonly connections: number | null;
  readonly messagesPerSession: number | null;
}

/** A way to hand mail to the next hop, built from one version of the settings. */
export interface Transport {
  /** How many messages it can carry at once; fewer where the server turns out to allow fewer connections. */
  readonly capacity: number;
  send(request: SendRequest): Promise<SendResult>;
  /** Looks whether the server has taken a message; never rejects. Absent: `unsupported`, as SMTP is. */
  readonly reconcile?: (lookup: Lookup) => Promise<LookupResult>;
  /**
   * Who the copy is from that the mailbox has filed; never rejects. Absent: the server tells of every refusal, and replaces
   * no sender.
   */
  readonly filedSender?: (lookup: FiledLookup) => Promise<FiledSender>;
  /** What the server was seen to allow. Absent: nothing can be learned. */
  readonly learned?: () => LearnedLimits;
  /** Lets what is in flight end, then closes every connection. */
  close(): Promise<void>;
}

/** What the envelope of a connection test is. No content follows it. */
export interface TestRequest {
  /** MAIL FROM of the test. */
  readonly from: string;
  /** RCPT TO of the test. */
  readonly to: string;
  /** An address of another organization, which the server is asked for beside it. */
  readonly outside: string;
  /** What the envelope says of the message, such as its size, is that of this one. */
  readonly message: Message;
  /** Ends with the recipient of the test: neither the outside address nor DATA is tried. */
  readonly isSenderOnly?: boolean;
  /** Hears of each step as it happens. */
  readonly onStep?: (step: ConnectionTestStep) => void;
}

/** Runs the stages of a connection test with the code that sends; never rejects. Every step is there, in order. */
export type TestConnection = (request: TestRequest) => Promise<readonly ConnectionTestStep[]>;
