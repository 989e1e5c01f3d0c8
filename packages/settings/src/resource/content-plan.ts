import type { Finding, SealedSecret, StoredSecret } from '@postausgang/contracts';
import type { SecretBinding } from '@postausgang/sealing';

/** A secret that arrived in the clear, and what it has to be sealed for. `binding.field` is its JSON pointer. */
export interface NewSecret {
  readonly value: string;
  readonly binding: SecretBinding;
}

/** Content as it is going to be. `sealPlan` makes it storable. */
export interface ContentPlan<Content> {
  /** Without the new secrets, if there are any. */
  readonly content: Content;
  readonly newSecrets: readonly NewSecret[];
  /** What can be told only while the new secrets are readable; it counts even where other findings do not. */
  readonly findings: readonly Finding[];
}

/** Puts a sealed secret into a content. */
export type WithSecret<Content> = (content: Content, pointer: string, secret: StoredSecret) => Content;

/**
 * The content with its new secrets sealed, as it may be stored. `setAt` (RFC 3339) is the time of the command.
 *
 * @throws whatever `seal` throws; nothing without a new secret.
 */
export async function sealPlan<Content>(
  { content, newSecrets }: ContentPlan<Content>,
  { withSecret }: { readonly withSecret: WithSecret<Content> },
  setAt: string,
  seal: (secret: NewSecret) => Promise<SealedSecret>,
): Promise<Content> {
  let whole = content;
  for (const secret of newSecrets) {
    whole = withSecret(whole, secret.binding.field, { setAt, sealed: await seal(secret) });
  }
  return whole;
}
