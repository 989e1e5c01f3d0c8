import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { announce } from '../../announce.ts';
import { call } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { ChoiceField, TextField } from '../../parts/controls.ts';
import { problemFindings } from '../../parts/notices.ts';
import { may } from '../../session.ts';
import { FileForm, type UploadedFile } from './file-form.ts';
import { certificateTexts } from './texts.ts';

type Kind = 'own' | 'trusted';

/** A file becomes a certificate of ours, or one that is trusted. */
export function ImportForm({ done }: { done: () => void }): VNode {
  const t = certificateTexts();
  const [kind, setKind] = useState<Kind>('own');
  const [name, setName] = useState('');
  const guess = (file: File): void => {
    setName(file.name.replace(/\.\w+$/, '').slice(0, 100));
    setKind(/\.(p12|pfx)$/i.test(file.name) && may('secrets:write') ? 'own' : 'trusted');
  };
  const upload = async (file: UploadedFile): Promise<void> => {
    await call('importCertificate', { body: { name: name.trim(), kind, ...file } });
    announce(t.imported);
  };
  const fields = (problem: ApiProblem | undefined): VNode =>
    html`<${ChoiceField}
        id="certificate-kind"
        label=${t.kind}
        help=${t.kindHelp}
        value=${kind}
        findings=${problemFindings(problem, '/kind')}
        options=${(['own', 'trusted'] as const).map((value) => ({ value, label: t.kinds[value] ?? value }))}
        onInput=${setKind}
      />
      <${TextField}
        id="certificate-name"
        label=${t.name}
        help=${t.nameHelp}
        value=${name}
        findings=${problemFindings(problem, '/name')}
        onInput=${setName}
      />`;
  return html`<${FileForm}
    id="certificate"
    formClass="card"
    label=${t.drop}
    onChoose=${guess}
    fields=${fields}
    upload=${upload}
    done=${done}
  />`;
}
