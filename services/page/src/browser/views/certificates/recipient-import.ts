import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import type { Operations } from '../../api/operations.ts';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { sentence } from '../../i18n/language.ts';
import { base64OfFile, DropFile } from '../../parts/drop-file.ts';
import { Badge, ProblemNotice, type Tone } from '../../parts/notices.ts';
import { certificateTexts } from './texts.ts';

type Imported = Operations['importRecipientCertificates']['response']['items'];

const tones: Readonly<Record<string, Tone>> = { imported: 'good', known: 'info', refused: 'bad' };

/** A file with any number of certificates; says what became of each. */
export function RecipientImport({ done }: { done: () => void }): VNode {
  const t = certificateTexts();
  const [imported, setImported] = useState<Imported>([]);
  const [problem, setProblem] = useState<ApiProblem>();
  const take = async (file: File): Promise<void> => {
    setProblem(undefined);
    try {
      const { data } = await call('importRecipientCertificates', {
        body: { content: await base64OfFile(file) },
      });
      setImported(data.items);
      done();
    } catch (error) {
      setImported([]);
      setProblem(asProblem(error));
    }
  };
  return html`<section class="card" aria-label=${t.import}>
    <${DropFile}
      id="recipient-file"
      label=${t.drop}
      note=${t.recipientFormats}
      choose=${t.chooseFile}
      chosen=${undefined}
      findings=${problem?.findings}
      onFile=${(file: File) => void take(file)}
    />
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <div role="status">
      <ul class="findings">
        ${imported.map(
          ({ state, subject, addresses, findings }, index) =>
            html`<li key=${index}>
              <${Badge} tone=${tones[state] ?? 'info'}>${t.results[state] ?? state}<//
              >${' '}${addresses.join(', ') || subject}
              ${findings.map((finding) => html`<p class="finding" key=${finding.code}>${sentence(finding.message)}</p>`)}
            </li>`,
        )}
      </ul>
    </div>
  </section>`;
}
