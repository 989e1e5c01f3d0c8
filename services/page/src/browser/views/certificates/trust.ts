import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { base64OfText } from '../../parts/drop-file.ts';
import { ProblemNotice } from '../../parts/notices.ts';
import { may } from '../../session.ts';
import { certificateTexts } from './texts.ts';

interface TrustInput {
  readonly pem: string;
  readonly name: string;
  /** Takes the certificate's id into the form. */
  readonly trusted: (id: string) => void;
}

/** Takes the certificate of a server into the trusted ones: nothing is trusted unless somebody looked at it. */
export function TrustButton({ pem, name, trusted }: TrustInput): VNode | null {
  const t = certificateTexts();
  const [problem, setProblem] = useState<ApiProblem>();
  const [isDone, setDone] = useState(false);
  if (!may('settings:write')) return null;
  const trust = async (): Promise<void> => {
    try {
      const body = { name: name.slice(0, 100), kind: 'trusted', content: base64OfText(pem) } as const;
      const { data } = await call('importCertificate', { body });
      trusted(data.id);
      setDone(true);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return html`<div class="actions">
    ${
      isDone
        ? html`<p role="status">${t.trusted}</p>`
        : html`<button type="button" onClick=${() => void trust()}>${t.trust}</button>
            <span class="muted">${t.trustHelp}</span>`
    }
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
  </div>`;
}
