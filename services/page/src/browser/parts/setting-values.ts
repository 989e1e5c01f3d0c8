import type { VNode } from 'preact';
import type { Diff } from '../api/operations.ts';
import { common, formatDate, formatMinutes, texts } from '../i18n.ts';
import { html } from './elements.ts';

/** What the fields of the settings are called, by JSON pointer; the German ones are those of the page before this one. */
const settingLabels = texts<Readonly<Record<string, string>>>({
  de: {
    '/enabled': 'Aktiviert',
    '/serverType': 'Server-Typ',
    '/smtp/authentication': 'Authentifikation',
    '/smtp/hostname': 'Hostname',
    '/smtp/port': 'Port',
    '/smtp/username': 'Benutzername',
    '/smtp/password': 'Passwort',
    '/smtp/windowsMechanism': 'Anmeldeverfahren',
    '/smtp/servicePrincipal': 'Dienstprinzipalname',
    '/smtp/encryption': 'TLS',
    '/smtp/allowCleartextAuthentication': 'Anmeldung ohne Verschlüsselung',
    '/smtp/clientCertificateId': 'Zertifikat auswählen',
    '/smtp/trustedCertificateId': 'Vertrauenswürdiges Zertifikat',
    '/senderAddress': 'Absenderadresse',
    '/senderAddress/name': 'Absendername',
    '/senderAddress/address': 'Absenderadresse',
    '/copyToSender': 'BCC an Absender',
    '/timeoutSeconds': 'Timeout (Minuten)',
    '/whenDisabled': 'Neue E-Mails, solange deaktiviert',
    '/onUnknown': 'Bei unklarem Ausgang',
    '/exchange/connectionId': 'Exchange Verbindung',
    '/smime/sign': 'S/MIME: signieren',
    '/smime/encrypt': 'S/MIME: verschlüsseln',
    '/smime/certificateId': 'S/MIME: Zertifikat',
    '/limits/preset': 'Grenzen des Servers',
    '/limits/maxConnections': 'Verbindungen gleichzeitig',
    '/limits/mailsPerMinute': 'E-Mails pro Minute',
    '/limits/recipientsPerDay': 'Empfänger pro Tag',
  },
  en: {
    '/enabled': 'Enabled',
    '/serverType': 'Server type',
    '/smtp/authentication': 'Authentication',
    '/smtp/hostname': 'Host name',
    '/smtp/port': 'Port',
    '/smtp/username': 'User name',
    '/smtp/password': 'Password',
    '/smtp/windowsMechanism': 'Sign-in by',
    '/smtp/servicePrincipal': 'Service principal',
    '/smtp/encryption': 'TLS',
    '/smtp/allowCleartextAuthentication': 'Sign-in without encryption',
    '/smtp/clientCertificateId': 'Choose certificate',
    '/smtp/trustedCertificateId': 'Trusted certificate',
    '/senderAddress': 'Sender address',
    '/senderAddress/name': 'Sender name',
    '/senderAddress/address': 'Sender address',
    '/copyToSender': 'BCC to sender',
    '/timeoutSeconds': 'Timeout (minutes)',
    '/whenDisabled': 'New mail while disabled',
    '/onUnknown': 'When the outcome is unclear',
    '/exchange/connectionId': 'Exchange connection',
    '/smime/sign': 'S/MIME: sign',
    '/smime/encrypt': 'S/MIME: encrypt',
    '/smime/certificateId': 'S/MIME: certificate',
    '/limits/preset': 'Limits of the server',
    '/limits/maxConnections': 'Connections at one time',
    '/limits/mailsPerMinute': 'Mails per minute',
    '/limits/recipientsPerDay': 'Recipients per day',
  },
});

/** What the choices are called, by field and value. */
export const settingChoices = texts<Readonly<Record<string, Readonly<Record<string, string>>>>>({
  de: {
    '/serverType': { smtp: 'SMTP', exchange: 'Exchange' },
    '/smtp/authentication': { none: 'Keine', windows: 'Windows', password: 'Passwort' },
    '/smtp/windowsMechanism': {
      negotiate: 'Automatisch (Kerberos)',
      kerberos: 'Nur Kerberos',
      ntlm: 'NTLM mit einem Domänenbenutzer',
    },
    '/smtp/encryption': {
      none: 'Keine Verschlüsselung',
      starttls: 'STARTTLS (üblich mit Port 587)',
      implicit: 'TLS von Anfang an (üblich mit Port 465)',
    },
    '/copyToSender': { off: 'Nein', bcc: 'Ja', auto: 'Automatisch' },
    '/whenDisabled': { reject: 'Ablehnen', hold: 'Annehmen und zurückhalten' },
    '/onUnknown': {
      '': 'Wie vorgesehen',
      hold: 'Zurückhalten, bis jemand entscheidet',
      resend: 'Noch einmal senden',
      reconcile: 'Beim Server nachsehen',
    },
    '/limits/preset': { none: 'Keine', 'exchange-online': 'Exchange Online' },
    '/smime/encrypt': {
      off: 'Nein',
      'when-possible': 'Wenn für alle ein Zertifikat da ist',
      required: 'Immer, sonst nicht senden',
      gateway: 'Für ein Gateway',
    },
  },
  en: {
    '/serverType': { smtp: 'SMTP', exchange: 'Exchange' },
    '/smtp/authentication': { none: 'None', windows: 'Windows', password: 'Password' },
    '/smtp/windowsMechanism': {
      negotiate: 'Automatic (Kerberos)',
      kerberos: 'Kerberos only',
      ntlm: 'NTLM with a domain user',
    },
    '/smtp/encryption': {
      none: 'No encryption',
      starttls: 'STARTTLS (usual with port 587)',
      implicit: 'TLS from the start (usual with port 465)',
    },
    '/copyToSender': { off: 'No', bcc: 'Yes', auto: 'Automatic' },
    '/whenDisabled': { reject: 'Refuse', hold: 'Accept and hold' },
    '/onUnknown': {
      '': 'As intended',
      hold: 'Hold until somebody decides',
      resend: 'Send again',
      reconcile: 'Look it up at the server',
    },
    '/limits/preset': { none: 'None', 'exchange-online': 'Exchange Online' },
    '/smime/encrypt': {
      off: 'No',
      'when-possible': 'If there is a certificate for all',
      required: 'Always, or do not send',
      gateway: 'For a gateway',
    },
  },
});

export const labelOf = (pointer: string): string => settingLabels()[pointer] ?? pointer;

/** What the fields of something are called, and their choices. */
export interface ValueLabels {
  labelOf(pointer: string): string;
  choicesOf(pointer: string): Readonly<Record<string, string>> | undefined;
}

export const serverLabels: ValueLabels = { labelOf, choicesOf: (pointer) => settingChoices()[pointer] };

/** A value of the settings, as people read it. */
export function showValue(
  pointer: string,
  value: unknown,
  { choicesOf }: Pick<ValueLabels, 'choicesOf'> = serverLabels,
): string {
  const key = typeof value === 'string' ? value : '';
  const choice = value === null || key !== '' ? choicesOf(pointer)?.[key] : undefined;
  if (choice !== undefined) return choice;
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? common().yes : common().no;
  if (pointer === '/timeoutSeconds' && typeof value === 'number') return formatMinutes(value);
  if (typeof value === 'string') return pointer.endsWith('At') ? formatDate(value) : value;
  return typeof value === 'object' ? showObject(value) : String(value as number);
}

function showObject(value: object): string {
  if ('address' in value) {
    const name = 'name' in value && typeof value.name === 'string' ? value.name : '';
    const address = String(value.address);
    return name === '' ? address : `${name} <${address}>`;
  }
  return JSON.stringify(value);
}

type Difference = Diff['differences'][number];

interface DifferencesInput {
  readonly items: readonly Difference[];
  readonly labels?: ValueLabels;
}

/** What differs, side by side. Of a secret only that it does. */
export function Differences({ items, labels = serverLabels }: DifferencesInput): VNode {
  const t = common();
  if (items.length === 0) return html`<p class="muted">${t.nothing}</p>`;
  return html`<table class="stack differences">
    <thead>
      <tr>
        <th scope="col">${t.field}</th>
        <th scope="col">${t.from}</th>
        <th scope="col">${t.to}</th>
      </tr>
    </thead>
    <tbody>
      ${items.map(
        ({ pointer, secret, from, to }) =>
          html`<tr key=${pointer}>
            <th scope="row">${labels.labelOf(pointer)}</th>
            ${
              secret
                ? html`<td colspan="2" data-label=${t.to}>${t.secretChanged}</td>`
                : html`<td data-label=${t.from}><del>${showValue(pointer, from, labels)}</del></td>
                    <td data-label=${t.to}><ins>${showValue(pointer, to, labels)}</ins></td>`
            }
          </tr>`,
      )}
    </tbody>
  </table>`;
}
