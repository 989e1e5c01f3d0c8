import type { ExchangeConnectionContent } from '@postausgang/contracts';
import { type Opener, SealingError, type Secret } from '@postausgang/sealing';
import {
  clientSecretPointer,
  exchangePasswordPointer,
  exchangeSecretBinding,
  type ExchangeSecretPointer,
  storedSecret,
} from '@postausgang/settings';

export interface ConnectionSettings {
  /** `exchange-connections/<id>` */
  readonly resource: string;
  readonly content: ExchangeConnectionContent;
}

type OpenedSecret =
  | { readonly ok: true; readonly secret: Secret | null }
  | { readonly ok: false; readonly code: 'secret-required' | 'secret-unreadable' };

/** Which secret a connection signs in with; undefined when it has none of its own. */
export function usedSecret({
  authentication,
  clientCertificateId,
}: ExchangeConnectionContent): ExchangeSecretPointer | undefined {
  if (authentication === 'oauth') return clientCertificateId === null ? clientSecretPointer : undefined;
  return authentication === 'negotiate' ? undefined : exchangePasswordPointer;
}

/**
 * The secret of a connection, opened for the destination this very connection names. One that was sealed for another
 * destination stays shut, however it got there.
 */
export async function openExchangeSecret(
  opener: Opener,
  { resource, content }: ConnectionSettings,
): Promise<OpenedSecret> {
  const pointer = usedSecret(content);
  if (pointer === undefined) return { ok: true, secret: null };
  const stored = storedSecret(pointer, content);
  if (stored === null) return { ok: false, code: 'secret-required' };
  try {
    const binding = exchangeSecretBinding(resource, pointer, content);
    return { ok: true, secret: await opener.open(stored.sealed, binding) };
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    return { ok: false, code: error.code === 'secret-required' ? 'secret-required' : 'secret-unreadable' };
  }
}
