/** Bodies that Swagger UI offers. The passwords are placeholders, and no masks: those are refused. */
export const putExamples = [
  {
    serverType: 'smtp',
    enabled: true,
    senderAddress: { name: 'ACME GmbH', address: 'erp@acme.example' },
    smtp: {
      hostname: 'mail.acme.example',
      port: 587,
      encryption: 'starttls',
      authentication: 'password',
      username: 'erp@acme.example',
      password: 'the password of the mailbox',
    },
  },
  {
    serverType: 'smtp',
    enabled: true,
    senderAddress: { address: 'erp@acme.example' },
    smtp: { hostname: '127.0.0.1', port: 2525, encryption: 'none', authentication: 'none' },
  },
];

export const patchExamples = [{ smtp: { hostname: 'mail2.acme.example' } }, { enabled: false }];

export const revertExample = { version: 1, reason: 'The new server refuses our mail' };

export const connectionTestExamples = [
  {},
  { draft: { smtp: { hostname: 'mail2.acme.example' } } },
  { probe: { to: 'me@acme.example' } },
];

export const createApiKeyExample = { name: 'billing module', scopes: ['mail:send', 'mail:read'] };
