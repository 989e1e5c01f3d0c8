import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { announce } from '../../announce.ts';
import type { CertificateView } from '../../api/operations.ts';
import { html } from '../../html.ts';
import { controlProps, Field } from '../../parts/field.ts';
import { keyTexts } from './key-texts.ts';

/** The request that an authority issues a certificate for, to be taken along. */
export function SigningRequest({ certificate }: { certificate: CertificateView }): VNode {
  const t = keyTexts();
  const { id, name, signingRequest } = certificate;
  const pem = signingRequest ?? '';
  const text = useRef<HTMLTextAreaElement>(null);
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(pem);
      setCopied(true);
      announce(t.copied);
    } catch {
      // The browser does not allow it: selected, it is copied by hand.
      text.current?.select();
    }
  };
  const field = { id: `request-${id}`, label: t.request, help: t.requestHelp };
  return html`<${Field} ...${field}>
    <textarea ref=${text} ...${controlProps(field)} class="pem" rows="8" readonly value=${pem}></textarea>
    <div class="actions">
      ${
        // Browsers have a clipboard only for pages that came by HTTPS or from the same machine.
        isSecureContext &&
        html`<button type="button" onClick=${() => void copy()}>${isCopied ? t.copied : t.copy}</button>`
      }
      <a class="button" download="${name}.csr" href="data:application/pkcs10,${encodeURIComponent(pem)}"
        >${t.download}</a
      >
    </div>
  <//>`;
}
