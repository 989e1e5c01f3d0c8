/**
 * Whom a refusal is about, by what happened to other mails. One reply can be misread; what a server does with the next mail
 * cannot.
 *
 * - A mail that was refused for reasons of the server stays as it was, and the next probe is another mail (`passOver`). Where
 *   the server takes that one, the refusal was about the first mail alone: it then waits by itself, and stops nobody.
 * - Several recipients in a row that are refused with the same words, by a reply that does not say whom it is about, are
 *   about this client: those refusals wait (`refused-alike`) instead of being final. A mail that is taken ends the row.
 *
 * In memory only: after a start it is learned again from the first mails.
 */
import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { type FinishedSend, type SendRecipient, serverConcern } from '@postausgang/mail';

export interface Suspicion {
  /** What the end of a transaction means in the light of the others; `alone`: what it says of the server is about this mail. */
  review(mailId: string, result: FinishedSend): { readonly result: FinishedSend; readonly alone: boolean };
  /** The mail was refused for reasons of the server. The next probe is another one, where there is one. */
  passOver(mailId: string): void;
  isPassedOver(mailId: string): boolean;
  /** All mails were passed over: it begins anew. */
  startOver(): void;
  /** Another server, or somebody says that it works again. */
  reset(): void;
}

/** So many recipients in a row make it about us. */
const alikeAtLeast = 3;
const mostRemembered = 1000;

interface Row {
  readonly alike: string;
  readonly addresses: Set<string>;
}

export function createSuspicion(): Suspicion {
  /** Mails that were refused for reasons of the server, and whether the server has taken another one since. */
  const refused = new Map<string, { readonly code: FailureCode; readonly disproved: boolean }>();
  const passedOver = new Set<string>();
  let row: Row | null = null;

  function remember(mailId: string, code: FailureCode): void {
    if (refused.size >= mostRemembered) {
      refused.delete(refused.keys().next().value ?? '');
    }
    refused.set(mailId, { code, disproved: false });
  }

  function taken(mailId: string): void {
    row = null;
    passedOver.clear();
    refused.delete(mailId);
    for (const [id, { code }] of refused) {
      refused.set(id, { code, disproved: true });
    }
  }

  /** The row of those who were refused with the same words, with the ones of this transaction. */
  function continueRow(recipients: readonly SendRecipient[]): Row | null {
    for (const { address, alike } of recipients.filter(isVague)) {
      row = row === null || row.alike !== alike ? { alike: alike ?? '', addresses: new Set() } : row;
      row.addresses.add(address);
    }
    return row !== null && row.addresses.size >= alikeAtLeast ? row : null;
  }

  return {
    review(mailId, result) {
      const before = refused.get(mailId);
      if (result.recipients.some(({ outcome }) => outcome === 'sent')) {
        taken(mailId);
        return { result, alone: before?.disproved === true };
      }
      const suspect = continueRow(result.recipients);
      const isAlone = (code: FailureCode): boolean => before?.disproved === true && before.code === code;
      const reviewed =
        suspect === null || isAlone('refused-alike') ? result : withoutRefusals(result, suspect.alike);
      const concern = serverConcern(reviewed);
      if (concern === null) return { result: reviewed, alone: false };
      if (isAlone(concern.failure.code)) return { result: reviewed, alone: true };
      remember(mailId, concern.failure.code);
      return { result: reviewed, alone: false };
    },
    passOver(mailId) {
      passedOver.add(mailId);
    },
    isPassedOver: (mailId) => passedOver.has(mailId),
    startOver: () => passedOver.clear(),
    reset() {
      row = null;
      passedOver.clear();
      refused.clear();
    },
  };
}

const isVague = ({ outcome, alike }: SendRecipient): boolean => outcome === 'rejected' && alike !== undefined;

/** The same, with those who were refused in these words waiting instead. */
function withoutRefusals(result: FinishedSend, alike: string): FinishedSend {
  const waiting = (why: Failure | undefined): Failure => failure('refused-alike', why?.detail ?? why?.code);
  const recipients = result.recipients.map((one) =>
    isVague(one) && one.alike === alike
      ? { ...one, outcome: 'deferred' as const, failure: waiting(one.failure) }
      : one,
  );
  return { ...result, recipients };
}
