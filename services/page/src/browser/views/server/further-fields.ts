import type { VNode } from 'preact';
import { html } from '../../html.ts';
import { CheckField, ChoiceField, SelectField, TextField } from '../../parts/controls.ts';
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
        options=${withNone(input.choices.own, form.smimeCertificateId)}
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
      options=${withNone(input.choices.own, form.clientCertificateId)}
      onInput=${(clientCertificateId: string) => change({ clientCertificateId })}
    />
    <${SelectField}
      ...${describe(input, '/smtp/trustedCertificateId', t.trustedCertificate)}
      value=${form.trustedCertificateId}
      options=${withNone(input.choices.trusted, form.trustedCertificateId)}
      onInput=${(trustedCertificateId: string) => change({ trustedCertificateId })}
    />
  `;
}

const limits = ['maxConnections', 'mailsPerMinute', 'recipientsPerDay'] as const;

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
    <${ChoiceField}
      ...${describe(input, '/limits/preset', t.limits)}
      value=${form.preset}
      options=${optionsOf('/limits/preset')}
      onInput=${(preset: string) => change({ preset })}
    />
    ${limits.map(
      (name) =>
        html`<${TextField}
          key=${name}
          ...${describe(input, `/limits/${name}`, t.limit)}
          value=${form[name]}
          size="short"
          inputmode="numeric"
          onInput=${(value: string) => change({ [name]: value })}
        />`,
    )}
  `;
}
