/*
 * The words of mails. A full-text index (FTS5) beside the table of mails holds the subject, the addresses, the names of the
 * attachments, the reference and the requester of each mail, under the sequence number of its row. It keeps no texts, only
 * where which word occurs. Whole addresses and ids are words of their own there, so that `a@x.example` finds no
 * `b.a@x.example`.
 */
import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Requester } from '@postausgang/contracts';
import { addressKey, type Mail, requesterKey, senderOf } from '@postausgang/mail';

/** Each insert of some hundred mails makes a segment; merging them later, and more at once, halves the work. */
export const textSchema = `
  CREATE VIRTUAL TABLE mail_text USING fts5(
    subject, recipients, sender, attachments, reference, requester,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
  INSERT INTO mail_text (mail_text, rank) VALUES ('automerge', 16);
`;

/** What is looked for in the words of a mail. Everything that is named has to be there. */
export interface MailText {
  /** Each of these words, in whatever part. */
  readonly anywhere?: string | undefined;
  /** An address, a domain with its `@`, or words of an address. */
  readonly recipient?: string | undefined;
  /** Likewise. */
  readonly sender?: string | undefined;
  readonly subject?: string | undefined;
  readonly attachment?: string | undefined;
  /** An id, or words of a name. */
  readonly requester?: string | undefined;
}

const letter = /[\p{L}\p{N}]/u;
/** A word that may go on, of which too little is there: half of all words begin with it. */
const shortBeginning = /(?<![\p{L}\p{N}])[\p{L}\p{N}]{0,2}\*(?=\s|$)/u;

/**
 * Whether a text can be looked for: it has a letter or a digit, and a word that ends with `*` has at least three of them
 * before it.
 */
export function isSearchable(text: string): boolean {
  return letter.test(text) && !shortBeginning.test(text);
}

/** The question to the index; undefined where a text is not looked for. `of`: only mails of this requester. */
export function matchOf(text: MailText, of?: Pick<Requester, 'kind' | 'id'>): string | undefined {
  const { anywhere, recipient, sender, subject, attachment, requester } = text;
  const parts = [
    ...(anywhere?.split(/\s+/).filter((word) => letter.test(word)) ?? []).map(phrase),
    ...(recipient === undefined ? [] : [`recipients : ${addressed(recipient)}`]),
    ...(sender === undefined ? [] : [`sender : ${addressed(sender)}`]),
    ...(subject === undefined ? [] : [`subject : ${phrase(subject)}`]),
    ...(attachment === undefined ? [] : [`attachments : ${phrase(attachment)}`]),
    ...(requester === undefined ? [] : [`requester : (${whole(requester.trim())} OR ${phrase(requester)})`]),
  ];
  if (parts.length === 0) {
    return undefined;
  }
  return [...parts, ...(of === undefined ? [] : [`requester : ${whole(requesterKey(of))}`])].join(' AND ');
}

/** The words of a text, one after the other; with `*`, the last one may go on. */
function phrase(text: string): string {
  const words = text.replaceAll(/["*]/g, ' ');
  return `"${words}"${text.trim().endsWith('*') ? ' *' : ''}`;
}

function addressed(given: string): string {
  const text = given.trim();
  const at = text.lastIndexOf('@');
  return at === -1 || at === text.length - 1 || text.endsWith('*') ? phrase(text) : whole(addressKey(text));
}

/** A name as one word, which no part of another name is. */
function whole(name: string): string {
  return `x${hash('sha256', name.toLowerCase().normalize(), 'hex').slice(0, 16)}`;
}

/** A number for a Message-ID, to look it up by: 48 bits of its digest take a tenth of the room in an index. */
export function messageKey(messageId: string): number {
  return Number.parseInt(hash('sha256', messageId, 'hex').slice(0, 12), 16);
}

/** The address by its parts, as a whole, and by its domain. */
function addressWords(address: string): string {
  const key = addressKey(address);
  return `${address} ${whole(key)} ${whole(key.slice(key.lastIndexOf('@')))}`;
}

/** Whether two rows of a mail are found by the same words: only recipients and sender can change. */
function hasSameWords(one: Mail, other: Mail): boolean {
  return (
    senderOf(one) === senderOf(other) &&
    (one.recipients === other.recipients ||
      (one.recipients.length === other.recipients.length &&
        one.recipients.every(({ address }, index) => address === other.recipients[index]?.address)))
  );
}

function wordsOf(mail: Mail): readonly string[] {
  const sender = senderOf(mail);
  const { subject, recipients, attachments = [], businessReference, requestedBy } = mail;
  return [
    subject ?? '',
    recipients.map(({ address }) => addressWords(address)).join(' , '),
    sender === '' ? '' : addressWords(sender),
    attachments.join(' , '),
    businessReference ?? '',
    requestedBy === null
      ? ''
      : `${requestedBy.name} ${whole(requesterKey(requestedBy))} ${whole(requestedBy.id)}`,
  ];
}

/** The index of words, as the table of rows keeps it. */
export interface TextTable {
  /** `before`: the row that the index knows; undefined where there is none. */
  put(seq: bigint, mail: Mail, before: Mail | undefined): void;
}

export function textTable(database: DatabaseSync): TextTable {
  const insert = database.prepare(
    `INSERT INTO mail_text (rowid, subject, recipients, sender, attachments, reference, requester)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = database.prepare('DELETE FROM mail_text WHERE rowid = ?');
  return {
    put(seq, mail, before) {
      if (before !== undefined && hasSameWords(mail, before)) {
        return;
      }
      if (before !== undefined) {
        remove.run(seq);
      }
      insert.run(seq, ...wordsOf(mail));
    },
  };
}
