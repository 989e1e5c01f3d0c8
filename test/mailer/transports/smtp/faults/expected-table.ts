import { classOf, type FailureCode, failureTexts } from '@postausgang/contracts';
import { type Fault, faults, type FaultStage, stages } from './faults.ts';

/*
 * What becomes of a mail to two recipients; where they fare differently, `first / later`. A code alone: no session came
 * about, which says nothing about the mail, so all mail waits. `?` is an outcome nobody knows, `~` tried again, `x` never.
 */
const table = `
                | drop              | RST               | half reply        | 4yz                          | 421               | 5yz                          | stall             | trickle           | garbage
greeting        | connection-lost   | connection-lost   | connection-lost   | server-busy                  | server-busy       | server-refuses-service       | greeting-timeout  | greeting-timeout  | not-an-smtp-server
EHLO            | connection-lost   | connection-lost   | connection-lost   | server-busy                  | server-busy       | ehlo-refused                 | timeout           | timeout           | unexpected-reply
STARTTLS        | connection-lost   | connection-lost   | connection-lost   | tls-failed                   | server-busy       | starttls-not-offered         | timeout           | timeout           | unexpected-reply
handshake       | tls-failed        | tls-failed        | tls-failed        | tls-not-spoken               | tls-not-spoken    | tls-not-spoken               | timeout           | timeout           | tls-not-spoken
EHLO after TLS  | connection-lost   | connection-lost   | connection-lost   | server-busy                  | server-busy       | ehlo-refused                 | timeout           | timeout           | unexpected-reply
AUTH            | connection-lost   | connection-lost   | connection-lost   | authentication-unavailable   | server-busy       | credentials-rejected         | timeout           | timeout           | unexpected-reply
MAIL            | ~ connection-lost | ~ connection-lost | ~ connection-lost | ~ server-busy                | ~ server-busy     | x sender-refused             | ~ timeout         | ~ timeout         | ~ unexpected-reply
first RCPT      | ~ connection-lost | ~ connection-lost | ~ connection-lost | ~ recipient-deferred / sent  | ~ server-busy     | x recipient-refused / sent   | ~ timeout         | ~ timeout         | ~ unexpected-reply
later RCPT      | ~ connection-lost | ~ connection-lost | ~ connection-lost | sent / ~ recipient-deferred  | ~ server-busy     | sent / x recipient-refused   | ~ timeout         | ~ timeout         | ~ unexpected-reply
DATA            | ~ connection-lost | ~ connection-lost | ~ connection-lost | ~ message-deferred           | ~ server-busy     | x message-refused            | ~ timeout         | ~ timeout         | ~ unexpected-reply
content         | ~ connection-lost | ~ connection-lost | ~ connection-lost | ~ message-deferred           | ~ server-busy     | x message-refused            | ~ timeout         | ~ timeout         | ~ unexpected-reply
before the dot  | ~ connection-lost | ~ connection-lost | ~ connection-lost | ~ message-deferred           | ~ server-busy     | x message-refused            | ? outcome-unknown | ? outcome-unknown | ~ unexpected-reply
final dot       | ? outcome-unknown | ? outcome-unknown | ? outcome-unknown | ~ message-deferred           | ~ server-busy     | x message-refused            | ? outcome-unknown | ? outcome-unknown | ? outcome-unknown
QUIT            | sent              | sent              | sent              | sent                         | sent              | sent                         | sent              | sent              | sent
`;

/** The class of each cell: of the first recipient's failure, and where that one fared well, of the later one's. */
const classTable = `
greeting        | transient | transient | transient | transient | transient | configuration  | transient | transient | configuration
EHLO            | transient | transient | transient | transient | transient | configuration  | transient | transient | transient
STARTTLS        | transient | transient | transient | tls       | transient | tls            | transient | transient | transient
handshake       | tls       | tls       | tls       | tls       | tls       | tls            | transient | transient | tls
EHLO after TLS  | transient | transient | transient | transient | transient | configuration  | transient | transient | transient
AUTH            | transient | transient | transient | transient | transient | authentication | transient | transient | transient
MAIL            | transient | transient | transient | transient | transient | permanent      | transient | transient | transient
first RCPT      | transient | transient | transient | transient | transient | permanent      | transient | transient | transient
later RCPT      | transient | transient | transient | transient | transient | permanent      | transient | transient | transient
DATA            | transient | transient | transient | transient | transient | permanent      | transient | transient | transient
content         | transient | transient | transient | transient | transient | permanent      | transient | transient | transient
before the dot  | transient | transient | transient | transient | transient | permanent      | unknown   | unknown   | transient
final dot       | unknown   | unknown   | unknown   | transient | transient | permanent      | unknown   | unknown   | unknown
QUIT            | none      | none      | none      | none      | none      | none           | none      | none      | none
`;

const rowsOf = (text: string) =>
  new Map(
    text
      .split('\n')
      .filter((line) => line.includes('|'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([stage = '', ...cells]) => [stage, cells] as const),
  );

const outcomes = rowsOf(table);
const classes = rowsOf(classTable);

/** The expectation of a cell, in the words of the table. */
export function expectedOf(stage: FaultStage, fault: Fault): string {
  return outcomes.get(stage)?.[faults.indexOf(fault)] ?? 'nothing';
}

export function expectedClassOf(stage: FaultStage, fault: Fault): string {
  return classes.get(stage)?.[faults.indexOf(fault)] ?? 'nothing';
}

const isCode = (word: string): word is FailureCode => word in failureTexts;

/** The class of the first failure in a result, or `none`. */
export function classIn(result: readonly string[]): string {
  const code = result.flatMap((told) => told.split(' ')).find(isCode);
  return code === undefined ? 'none' : classOf(code);
}

const marks: Readonly<Record<string, string>> = { deferred: '~', rejected: 'x', unknown: '?' };

/** A result in the words of the table. */
export function inWords([first = '', later = first]: readonly string[]): string {
  const [one, other] = [first, later].map((told) =>
    told.replace('server-failed ', '').replace(/^\w+(?= )/, (outcome) => marks[outcome] ?? outcome),
  );
  return one === other ? (one ?? '') : `${one} / ${other}`;
}

export const everyCell = stages.flatMap((stage) => faults.map((fault) => ({ stage, fault })));
