import type { MailSecurity } from '../../../packages/message/src/smime/mail-security.ts';

const nobody = () => Promise.reject(new Error('These settings sign and encrypt nothing'));

/** For queues whose settings ask for neither signatures nor encryption. */
export const noSecurity: MailSecurity = { decide: nobody, apart: nobody, message: nobody };
