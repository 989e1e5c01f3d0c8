import { classOf, type FailureCode, failureTexts } from '@postausgang/contracts';
import { type Fault, faults, type FaultStage, stages } from './faults.ts';

/*
 * What becomes of a mail to two recipients; where they fare differently, `first / later`. A code alone: no session came
 * about, which says nothing about the mail, so all mail waits. `?` is an outcome nobody knows, `~` tried again, `x` never.
 */
const brokenTable = `
               | drop, RST, half reply | stall, trickle    | garbage
greeting       | connection-lost       | greeting-timeout  | not-an-smtp-server
EHLO           | connection-lost       | timeout           | unexpected-reply
STARTTLS       | connection-lost       | timeout           | unexpected-reply
handshake      | tls-failed            | timeout           | tls-not-spoken
EHLO after TLS | connection-lost       | timeout           | unexpected-reply
AUTH           | connection-lost       | timeout           | unexpected-reply
MAIL           | ~ connection-lost     | ~ timeout         | ~ unexpected-reply
first RCPT     | ~ connection-lost     | ~ timeout         | ~ unexpected-reply
later RCPT     | ~ connection-lost     | ~ timeout         | ~ unexpected-reply
DATA           | ~ connection-lost     | ~ timeout         | ~ unexpected-reply
content        | ~ connection-lost     | ~ timeout         | ~ unexpected-reply
before the dot | ~ connection-lost     | ? outcome-unknown | ~ unexpected-reply
final dot      | ? outcome-unknown     | ? outcome-unknown | ? outcome-unknown
QUIT           | sent                  | sent              | sent
`;

const refusedTable = `
               | 4yz                         | 421            | 5yz
greeting       | server-busy                 | server-busy    | server-refuses-service
EHLO           | server-busy                 | server-busy    | ehlo-refused
STARTTLS       | tls-failed                  | server-busy    | starttls-not-offered
handshake      | tls-not-spoken              | tls-not-spoken | tls-not-spoken
EHLO after TLS | server-busy                 | server-busy    | ehlo-refused
AUTH           | authentication-unavailable  | server-busy    | credentials-rejected
MAIL           | ~ server-busy               | ~ server-busy  | x sender-refused
first RCPT     | ~ recipient-deferred / sent | ~ server-busy  | x recipient-refused / sent
later RCPT     | sent / ~ recipient-deferred | ~ server-busy  | sent / x recipient-refused
DATA           | ~ message-deferred          | ~ server-busy  | x message-refused
content        | ~ message-deferred          | ~ server-busy  | x message-refused
before the dot | ~ message-deferred          | ~ server-busy  | x message-refused
final dot      | ~ message-deferred          | ~ server-busy  | x message-refused
QUIT           | sent                        | sent           | sent
`;

/** The class of each cell: of the first recipient's failure, and where that one fared well, of the later one's. */
const classTable = `
               | drop, RST, half reply | 4yz       | 421       | 5yz            | stall, trickle | garbage
greeting       | transient             | transient | transient | configuration  | transient      | configuration
EHLO           | transient             | transient | transient | configuration  | transient      | transient
STARTTLS       | transient             | tls       | transient | tls            | transient      | transient
handshake      | tls                   | tls       | tls       | tls            | transient      | tls
EHLO after TLS | transient             | transient | transient | configuration  | transient      | transient
AUTH           | transient             | transient | transient | authentication | transient      | transient
MAIL           | transient             | transient | transient | permanent      | transient      | transient
first RCPT     | transient             | transient | transient | permanent      | transient      | transient
later RCPT     | transient             | transient | transient | permanent      | transient      | transient
DATA           | transient             | transient | transient | permanent      | transient      | transient
content        | transient             | transient | transient | permanent      | transient      | transient
before the dot | transient             | transient | transient | permanent      | unknown        | transient
final dot      | unknown               | transient | transient | permanent      | unknown        | unknown
QUIT           | none                  | none      | none      | none           | none           | none
`;

/** Cells by stage and fault. What stands over a column are the faults that it is about. */
function cellsOf(...tables: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    tables.flatMap((table) => {
      const lines = table.split('\n').filter((line) => line.includes('|'));
      const [[, ...columns] = [], ...rows] = lines.map((line) => line.split('|').map((cell) => cell.trim()));
      return rows.flatMap(([stage = '', ...cells]) =>
        cells.flatMap((cell, index) =>
          (columns[index] ?? '').split(', ').map((fault) => [`${stage}, ${fault}`, cell] as const),
        ),
      );
    }),
  );
}

const outcomes = cellsOf(brokenTable, refusedTable);
const classes = cellsOf(classTable);

/** The expectation of a cell, in the words of the table. */
export function expectedOf(stage: FaultStage, fault: Fault): string {
  return outcomes.get(`${stage}, ${fault}`) ?? 'nothing';
}

export function expectedClassOf(stage: FaultStage, fault: Fault): string {
  return classes.get(`${stage}, ${fault}`) ?? 'nothing';
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
