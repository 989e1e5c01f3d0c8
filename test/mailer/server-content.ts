import type { OutgoingServerContent } from '@postausgang/contracts';
import { defaultContent } from '@postausgang/settings';

/** Settings that send, without encryption and login, to a server that nobody connects to. */
export const serverContent = (more: Partial<OutgoingServerContent> = {}): OutgoingServerContent => ({
  ...defaultContent,
  enabled: true,
  senderAddress: { name: 'ACME', address: 'erp@acme.example' },
  smtp: {
    ...defaultContent.smtp,
    hostname: 'mail.test',
    port: 25,
    encryption: 'none',
    authentication: 'none',
  },
  ...more,
});
