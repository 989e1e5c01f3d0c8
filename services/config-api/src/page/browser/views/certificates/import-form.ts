import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { announce } from '../../announce.ts';
import { call } from '../../api/client.ts';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { ChoiceField, TextField } from '../../parts/controls.ts';
import { base64OfFile, DropFile } from '../../parts/drop-file.ts';
import { problemFindings, ProblemNotice } from '../../parts/notices.ts';
import { may } from '../../session.ts';
import { certificateTexts } from './texts.ts';

type Kind = 'own' | 'trusted';

/** A file becomes a certificate of ours, or one that is trusted. */
export function ImportForm({ done }: { done: () => void }): VNode {
  const t = certificateTexts();
  const [file, setFile] = useState<File>();
  const [kind, setKind] = useState<Kind>('own');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const choose = (chosen: File): void => {
    setFile(chosen);
    setProblem(undefined);
    setName(chosen.name.replace(/\.\w+$/, '').slice(0, 100));
    setKind(/\.(p12|pfx)$/i.test(chosen.name) && may('secrets:write') ? 'own' : 'trusted');
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (file === undefined) return;
    setBusy(true);
    try {
      const content = await base64OfFile(file);
      await call('importCertificate', {
        body: { name: name.trim(), kind, content, ...(password === '' ? {} : { password }) },
      });
      announce(t.imported);
      setFile(undefined);
      setPassword('');
      setProblem(undefined);
      done();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return html`<form class="card" onSubmit=${(event: Event) => void submit(event)} novalidate>
    <${DropFile}
      id="certificate-file"
      label=${t.drop}
      note=${t.formats}
      choose=${t.chooseFile}
      chosen=${file === undefined ? undefined : t.file(file.name)}
      findings=${problemFindings(problem, '/content')}
      onFile=${choose}
    />
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    ${
      file !== undefined &&
      html` <${ChoiceField}
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
        />
        <${TextField}
          id="certificate-password"
          label=${t.password}
          help=${t.passwordHelp}
          type="password"
          value=${password}
          autocomplete="off"
          findings=${problemFindings(problem, '/password')}
          onInput=${setPassword}
        />
        <div class="actions">
          <button type="submit" class="primary" disabled=${isBusy}>${t.import}</button>
          <button type="button" class="quiet" onClick=${() => setFile(undefined)}>${common().cancel}</button>
        </div>`
    }
  </form>`;
}
