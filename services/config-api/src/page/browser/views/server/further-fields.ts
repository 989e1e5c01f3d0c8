import type { VNode } from 'preact';
import { html } from '../../html.ts';
import { CheckField, ChoiceField, SelectField } from '../../parts/controls.ts';
import { withNone } from './choices.ts';
import { describe, type FieldsInput, optionsOf } from './fields.ts';
import { help } from './texts.ts';

export function SmimeFields(input: FieldsInput): VNode {
  const { form, change } = input;
  const t = help();
  return html`
    <${SelectField}
      ...${describe(input, '/smime/encrypt', t.smime)}
      label="S/MIME"
      value=${form.encrypt}
      options=${optionsOf('/smime/encrypt')}
      onInput=${(encrypt: string) => change({ encrypt })}
    />
    <${CheckField}
      ...${describe(input, '/smime/sign', '')}
      help=${undefined}
      checked=${form.sign}
      text=${t.sign}
      onInput=${(sign: boolean) => change({ sign })}
    />
    ${
      (form.sign || form.encrypt === 'gateway' || form.smimeCertificateId !== '') &&
      html`<${SelectField}
        ...${describe(input, '/smime/certificateId', t.smimeCertificate)}
        value=${form.smimeCertificateId}
        options=${withNone([], form.smimeCertificateId)}
        onInput=${(smimeCertificateId: string) => change({ smimeCertificateId })}
      />`
    }
  `;
}

export function CertificateFields(input: FieldsInput): VNode {
  const { form, change } = input;
  const t = help();
  return html`
    <${SelectField}
      ...${describe(input, '/smtp/clientCertificateId', t.clientCertificate)}
      value=${form.clientCertificateId}
      options=${withNone([], form.clientCertificateId)}
      onInput=${(clientCertificateId: string) => change({ clientCertificateId })}
    />
    <${SelectField}
      ...${describe(input, '/smtp/trustedCertificateId', t.trustedCertificate)}
      value=${form.trustedCertificateId}
      options=${withNone([], form.trustedCertificateId)}
      onInput=${(trustedCertificateId: string) => change({ trustedCertificateId })}
    />
  `;
}

export function MoreFields(input: FieldsInput): VNode {
  const { form, change } = input;
  const t = help();
  return html`
    <${ChoiceField}
      ...${describe(input, '/whenDisabled', t.whenDisabled)}
      value=${form.whenDisabled}
      options=${optionsOf('/whenDisabled')}
      onInput=${(whenDisabled: string) => change({ whenDisabled })}
    />
    <${SelectField}
      ...${describe(input, '/onUnknown', t.onUnknown)}
      value=${form.onUnknown}
      options=${optionsOf('/onUnknown')}
      onInput=${(onUnknown: string) => change({ onUnknown })}
    />
  `;
}
