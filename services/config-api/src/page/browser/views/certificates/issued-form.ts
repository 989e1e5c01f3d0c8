import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { announce } from '../../announce.ts';
import { call } from '../../api/client.ts';
import type { CertificateView } from '../../api/operations.ts';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { TextField } from '../../parts/controls.ts';
import { base64OfFile, DropFile } from '../../parts/drop-file.ts';
import { problemFindings, ProblemNotice } from '../../parts/notices.ts';
import { keyTexts } from './key-texts.ts';
import { certificateTexts } from './texts.ts';

interface IssuedFormInput {
  readonly certificate: CertificateView;
  readonly done: () => void;
}

/** Takes what an authority has issued for a key that was created here, the first time or again. */
export function IssuedForm({ certificate, done }: IssuedFormInput): VNode {
  const t = certificateTexts();
  const { id, version, details } = certificate;
  const fileId = `issued-${id}`;
  const [file, setFile] = useState<File>();
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const choose = (chosen: File | undefined): void => {
    setFile(chosen);
    setPassword('');
    setProblem(undefined);
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (file === undefined) return;
    setBusy(true);
    try {
      const content = await base64OfFile(file);
      await call('putIssuedCertificate', {
        path: { id },
        headers: { 'if-match': `"${version}"` },
        body: { content, ...(password === '' ? {} : { password }) },
      });
      announce(keyTexts().issued);
      choose(undefined);
      // The button is gone; whoever uses the keyboard goes on here.
      document.getElementById(fileId)?.focus();
      done();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return html`<form onSubmit=${(event: Event) => void submit(event)} novalidate>
    <${DropFile}
      id=${fileId}
      label=${details === null ? keyTexts().dropIssued : keyTexts().dropRenewal}
      note=${t.formats}
      choose=${t.chooseFile}
      chosen=${file === undefined ? undefined : t.file(file.name)}
      findings=${problemFindings(problem, '/content')}
      onFile=${choose}
    />
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    ${
      file !== undefined &&
      html`<${TextField}
          id="${fileId}-password"
          label=${t.password}
          help=${t.passwordHelp}
          type="password"
          value=${password}
          findings=${problemFindings(problem, '/password')}
          onInput=${setPassword}
        />
        <div class="actions">
          <button type="submit" class="primary" disabled=${isBusy}>${t.import}</button>
          <button type="button" class="quiet" onClick=${() => choose(undefined)}>${common().cancel}</button>
        </div>`
    }
  </form>`;
}
