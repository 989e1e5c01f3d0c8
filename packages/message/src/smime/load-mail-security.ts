import type { OutgoingServerContent } from '@postausgang/contracts';
import type { MailSecurity, MailSecurityDeps } from './mail-security.ts';

/** Whether mail is signed or encrypted by these settings. */
export function wantsSecurity({ smime }: Pick<OutgoingServerContent, 'smime'>): boolean {
  return smime.sign || smime.encrypt !== 'off';
}

/** See there. S/MIME is loaded with the first mail that needs it: many an installation has none. */
export function createMailSecurity(deps: MailSecurityDeps): MailSecurity {
  let loading: Promise<MailSecurity> | undefined;
  const load = (): Promise<MailSecurity> =>
    (loading ??= import('./mail-security.ts').then((smime) => smime.createMailSecurity(deps)));
  return {
    decide: async (mail) => (await load()).decide(mail),
    apart: async (mail, to) => (await load()).apart(mail, to),
    message: async (decision, to) => (await load()).message(decision, to),
  };
}
