/**
 * The message of a mail for people who read it. It lies in the log, with what is large in the content store, so any mailer
 * makes it, whichever has sent it. Nothing is remembered, and nothing is decided for the attempts.
 */
import { ContentStoreError } from '@postausgang/content-store';
import type { SmimeDecision } from '@postausgang/contracts';
import { type Mail, withCorrections } from '@postausgang/mail';
import type { CurrentServing } from '../apply/applier.ts';
import { composeFor, decideOnce, type MessageMaking } from './prepare-attempt.ts';
import type { RequestCache } from './request-cache.ts';

/** The bytes of a message (RFC 5322), or why there are none. */
export type MailContent =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  /** It is no longer kept. */
  | { readonly kind: 'gone' }
  /** No message can be made of the request. */
  | { readonly kind: 'none'; readonly detail: string };

export interface MailContents {
  /**
   * The message as it was composed, or as it goes out: signed and encrypted. The one of To and Cc, where blind copies have
   * their own. Rejects with what the content store says, unless the content is gone.
   */
  content(mail: Mail, as: 'composed' | 'sent'): Promise<MailContent>;
}

interface MailContentsDeps extends MessageMaking {
  readonly requests: Pick<RequestCache, 'load'>;
  readonly serving: Pick<CurrentServing, 'current'>;
}

const gone: MailContent = { kind: 'gone' };

export function createMailContents(deps: MailContentsDeps): MailContents {
  const read = async (mail: Mail, as: 'composed' | 'sent'): Promise<MailContent> => {
    const smime = mail.decisions?.smime;
    const loaded = await deps.requests.load(mail);
    if (loaded === undefined) return gone;
    const corrected = withCorrections(
      loaded.request,
      mail,
      mail.recipients.map(({ address }) => address),
    );
    if (as === 'sent' && smime !== undefined && corrected === loaded.request) {
      const secured = await deps.security.message(smime, shared(mail, smime));
      return { kind: 'message', bytes: secured.bytes };
    }
    const decision = decideOnce(deps, mail, corrected, deps.serving.current());
    if (decision.kind !== 'decided')
      return { kind: 'none', detail: decision.failure.detail ?? decision.failure.en };
    const made = await composeFor(deps, corrected, decision.decisions, mail);
    return made.kind === 'composed'
      ? { kind: 'message', bytes: made.composed.message.bytes }
      : { kind: 'none', detail: made.failure.detail ?? made.failure.en };
  };
  return {
    async content(mail, as) {
      try {
        return await read(mail, as);
      } catch (error) {
        if (error instanceof ContentStoreError && error.code === 'content-missing') return gone;
        throw error;
      }
    },
  };
}

/** Those who share one message; where everybody has one of their own, the first. */
function shared({ recipients }: Mail, { messages }: SmimeDecision): readonly string[] {
  const own = new Set(messages.map((message) => message.for));
  const sharing = recipients.filter(({ address }) => !own.has(address));
  return (sharing.length > 0 ? sharing : recipients.slice(0, 1)).map(({ address }) => address);
}
