import { html } from '../../parts/elements.ts';
import type { Form, FormField } from '../../parts/form-values.ts';
import { linkTo } from '../../router.ts';
import { serverTexts } from './texts.ts';

const isSmtp = (form: Form): boolean => form['/serverType'] === 'smtp';
const isExchange = (form: Form): boolean => form['/serverType'] === 'exchange';
const isWindows = (form: Form): boolean => isSmtp(form) && form['/smtp/authentication'] === 'windows';

/** With its own Windows account, the service needs neither a user name nor a password. */
const hasLogin = (form: Form): boolean =>
  isSmtp(form) &&
  (form['/smtp/authentication'] === 'password' ||
    (form['/smtp/authentication'] === 'windows' && form['/smtp/windowsMechanism'] === 'ntlm'));

const isCleartext = (form: Form): boolean =>
  isSmtp(form) && form['/smtp/encryption'] === 'none' && form['/smtp/authentication'] !== 'none';

/** Mail is always encrypted to our own certificate as well. */
const isEncrypted = (form: Form): boolean => form['/smime/encrypt'] !== 'off';

const isSigned = (form: Form): boolean => form['/smime/sign'] === true;

const usualPorts: Readonly<Record<string, string>> = { none: '25', starttls: '587', implicit: '465' };

const linkToConnections = () => html`<a href=${linkTo('exchange')}>${serverTexts().connections}</a>`;

const isDestination = true;

const connection: readonly FormField[] = [
  { pointer: '/enabled', control: 'switch' },
  { pointer: '/serverType', control: 'choices' },
  { pointer: '/smtp/authentication', control: 'choices', isShown: isSmtp, isDestination },
  { pointer: '/smtp/hostname', control: 'url', isShown: isSmtp, isDestination },
  {
    pointer: '/smtp/port',
    control: 'number',
    isShown: isSmtp,
    isDestination,
    placeholder: (form) => usualPorts[String(form['/smtp/encryption'])] ?? '587',
  },
  { pointer: '/smtp/windowsMechanism', control: 'select', isShown: isWindows, isDestination },
  {
    pointer: '/smtp/servicePrincipal',
    control: 'text',
    isShown: isWindows,
    placeholder: (form) => `SMTPSVC/${String(form['/smtp/hostname'])}`,
  },
  { pointer: '/smtp/username', control: 'text', isShown: hasLogin },
  { pointer: '/smtp/password', control: 'secret', isShown: hasLogin },
  { pointer: '/smtp/encryption', control: 'select', isShown: isSmtp, isDestination },
  { pointer: '/smtp/allowCleartextAuthentication', control: 'check', isShown: isCleartext },
  {
    pointer: '/exchange/connectionId',
    control: 'reference',
    from: 'connections',
    isShown: isExchange,
    more: linkToConnections,
  },
];

const mail: readonly FormField[] = [
  { pointer: '/senderAddress/address', control: 'email', within: '/senderAddress', whenEmpty: '' },
  { pointer: '/senderAddress/name', control: 'text', within: '/senderAddress' },
  { pointer: '/copyToSender', control: 'choices' },
  { pointer: '/timeoutSeconds', control: 'minutes' },
  { pointer: '/smime/encrypt', control: 'select' },
  { pointer: '/smime/sign', control: 'check' },
  {
    pointer: '/smime/certificateId',
    control: 'reference',
    from: 'own',
    isShown: (form) => isSigned(form) || isEncrypted(form) || form['/smime/certificateId'] !== '',
  },
  {
    pointer: '/smime/gatewayCertificateId',
    control: 'reference',
    from: 'recipient',
    isShown: (form) => form['/smime/encrypt'] === 'gateway',
  },
  { pointer: '/smime/contentEncryption', control: 'select', isShown: isEncrypted },
  { pointer: '/smime/keyTransport', control: 'select', isShown: isEncrypted },
  { pointer: '/smime/rsaSignature', control: 'select', isShown: isSigned },
  { pointer: '/smtp/clientCertificateId', control: 'reference', from: 'own', isShown: isSmtp },
  {
    pointer: '/smtp/trustedCertificateId',
    control: 'reference',
    from: 'trusted',
    isShown: isSmtp,
    isDestination,
  },
];

const more: readonly FormField[] = [
  { pointer: '/whenDisabled', control: 'choices' },
  { pointer: '/onUnknown', control: 'select' },
  { pointer: '/limits/preset', control: 'choices' },
  { pointer: '/limits/maxConnections', control: 'number' },
  { pointer: '/limits/mailsPerMinute', control: 'number' },
  { pointer: '/limits/recipientsPerDay', control: 'number' },
];

/** The fields of the outgoing server, in the order of the page that this one replaces. */
export const serverSections = { connection, mail, more };

export const serverFields: readonly FormField[] = [...connection, ...mail, ...more];
