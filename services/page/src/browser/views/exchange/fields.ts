import type { Form, FormField, Values } from '../../parts/form-values.ts';

const isEws = (form: Form): boolean => form['/protocol'] === 'ews';
const isOauth = (form: Form): boolean => !isEws(form) || form['/authentication'] === 'oauth';
const isCustom = (form: Form): boolean => form['/cloud'] === 'custom';
const hasLogin = (form: Form): boolean => !isOauth(form) && form['/authentication'] !== 'negotiate';
const isKerberos = (form: Form): boolean => isEws(form) && form['/authentication'] === 'negotiate';

const isDestination = true;

/** The fields of an Exchange connection. Its protocol and its authentication decide which of them are shown. */
export const connectionFields: readonly FormField[] = [
  { pointer: '/name', control: 'text', whenEmpty: '' },
  { pointer: '/email', control: 'text' },
  { pointer: '/protocol', control: 'select', isDestination },
  { pointer: '/authentication', control: 'select', isShown: isEws, isDestination },
  { pointer: '/ewsUrl', control: 'text', isShown: isEws, isDestination },
  { pointer: '/cloud', control: 'select', isShown: isOauth, isDestination },
  { pointer: '/tenantId', control: 'text', isShown: isOauth, isDestination },
  { pointer: '/clientId', control: 'text', isShown: isOauth, isDestination },
  { pointer: '/clientSecret', control: 'secret', isShown: isOauth },
  { pointer: '/clientSecretExpiresAt', control: 'date', isShown: isOauth },
  { pointer: '/clientCertificateId', control: 'reference', from: 'own', isShown: isOauth },
  { pointer: '/username', control: 'text', isShown: hasLogin },
  { pointer: '/password', control: 'secret', isShown: hasLogin },
  { pointer: '/servicePrincipal', control: 'text', isShown: isKerberos },
  {
    pointer: '/authorityUrl',
    control: 'text',
    isShown: (form) => isOauth(form) && isCustom(form),
    isDestination,
  },
  {
    pointer: '/graphUrl',
    control: 'text',
    isShown: (form) => form['/protocol'] === 'graph' && isCustom(form),
    isDestination,
  },
  {
    pointer: '/smtpHostname',
    control: 'text',
    isShown: (form) => form['/protocol'] === 'smtp-oauth',
    isDestination,
  },
  {
    pointer: '/smtpPort',
    control: 'number',
    isShown: (form) => form['/protocol'] === 'smtp-oauth',
    isDestination,
    placeholder: () => '587',
  },
  {
    pointer: '/scope',
    control: 'text',
    isShown: (form) => isOauth(form) && (isCustom(form) || form['/scope'] !== ''),
    isDestination,
  },
  { pointer: '/impersonation', control: 'check', isShown: isEws },
  { pointer: '/saveSentCopy', control: 'check', isShown: isEws },
  { pointer: '/trustedCertificateId', control: 'reference', from: 'trusted', isDestination },
];

/** The values that the form of a new connection starts with. */
export const newConnection: Values = {
  '/protocol': 'graph',
  '/authentication': 'oauth',
  '/cloud': 'global',
  '/impersonation': false,
  '/saveSentCopy': true,
};
