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

export const exchangePutExamples = [
  {
    name: 'Exchange Online',
    email: 'erp@acme.example',
    protocol: 'graph',
    tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
    clientId: '5f1d3b0c-2b5e-4a5e-9d0e-3f8f6a2b7c11',
    clientSecret: 'the client secret of the app registration',
    clientSecretExpiresAt: '2028-11-23T00:00:00Z',
  },
  {
    name: 'Exchange in the house',
    email: 'erp@acme.example',
    protocol: 'ews',
    authentication: 'ntlm',
    ewsUrl: 'https://mail.acme.example/EWS/Exchange.asmx',
    username: 'ACME\\erp',
    password: 'the password of the account',
  },
];

export const exchangePatchExamples = [{ email: 'invoices@acme.example' }];

export const revertExample = { version: 1, reason: 'The new server refuses our mail' };

export const connectionTestExamples = [
  {},
  { draft: { smtp: { hostname: 'mail2.acme.example' } } },
  { probe: { to: 'me@acme.example' } },
];

export const exchangeTestExamples = [
  {},
  { draft: { protocol: 'smtp-oauth' } },
  { probe: { to: 'me@acme.example', from: 'invoices@acme.example' } },
];

export const createApiKeyExample = { name: 'billing module', scopes: ['mail:send', 'mail:read'] };

export const importCertificateExample = {
  name: 'S/MIME 2026',
  kind: 'own',
  content: 'MIIJ…',
  password: 'the password of the file',
};

export const createKeyExample = {
  name: 'S/MIME 2026',
  keyType: 'rsa-3072',
  subject: { commonName: 'ACME GmbH', country: 'DE', addresses: ['erp@acme.example'] },
};
