import type { OutgoingServerContent } from '@postausgang/contracts';
import { type Opener, type Secret, SealingError } from '@postausgang/sealing';
import { smtpPasswordBinding, usesPassword } from '@postausgang/settings';

export type OpenedPassword =
  | { readonly ok: true; readonly password: Secret | null }
  | { readonly ok: false; readonly code: 'secret-required' | 'secret-unreadable' };

/**
 * The password of the settings, opened for the destination these very settings name. A password that was sealed
 * for another destination stays shut, however it got into the settings.
 */
export async function openPassword(
  opener: Opener,
  resource: string,
  content: OutgoingServerContent,
): Promise<OpenedPassword> {
  const stored = content.smtp.password;
  if (!usesPassword(content.smtp) || stored === null) {
    return { ok: true, password: null };
  }
  try {
    return {
      ok: true,
      password: await opener.open(stored.sealed, smtpPasswordBinding(resource, content.smtp)),
    };
  } catch (error) {
    if (error instanceof SealingError) {
      return { ok: false, code: error.code === 'secret-required' ? 'secret-required' : 'secret-unreadable' };
    }
    throw error;
  }
}
