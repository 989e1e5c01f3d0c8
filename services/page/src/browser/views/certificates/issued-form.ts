import type { VNode } from 'preact';
import { announce } from '../../announce.ts';
import { call } from '../../api/client.ts';
import type { CertificateView } from '../../api/operations.ts';
import { html } from '../../html.ts';
import { FileForm, type UploadedFile } from './file-form.ts';
import { keyTexts } from './key-texts.ts';

interface IssuedFormInput {
  readonly certificate: CertificateView;
  readonly done: () => void;
}

/** Takes what an authority has issued for a key that was created here, the first time or again. */
export function IssuedForm({ certificate, done }: IssuedFormInput): VNode {
  const { id, version, details } = certificate;
  const t = keyTexts();
  const formId = `issued-${id}`;
  const upload = async (body: UploadedFile): Promise<void> => {
    await call('putIssuedCertificate', { path: { id }, headers: { 'if-match': `"${version}"` }, body });
    announce(t.issued);
  };
  const finish = (): void => {
    // The button is gone; whoever uses the keyboard goes on here.
    document.getElementById(`${formId}-file`)?.focus();
    done();
  };
  return html`<${FileForm}
    id=${formId}
    label=${details === null ? t.dropIssued : t.dropRenewal}
    upload=${upload}
    done=${finish}
  />`;
}
