import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { TextField } from '../../parts/controls.ts';
import { base64OfFile, DropFile } from '../../parts/drop-file.ts';
import { problemFindings, ProblemNotice } from '../../parts/notices.ts';
import { certificateTexts } from './texts.ts';

/** A file as the API takes it; the password is left out where there is none. */
export interface UploadedFile {
  readonly content: string;
  readonly password?: string;
}

interface FileFormInput {
  readonly id: string;
  readonly label: string;
  readonly formClass?: string;
  readonly onChoose?: (file: File) => void;
  /** Further fields, once a file is chosen. */
  readonly fields?: (problem: ApiProblem | undefined) => VNode;
  /** Rejects with what is wrong with the file. */
  readonly upload: (file: UploadedFile) => Promise<void>;
  /** Called when the form is empty again. */
  readonly done: () => void;
}

/** A file is chosen, then its password and whatever else belongs to it. */
export function FileForm({ id, label, formClass, onChoose, fields, upload, done }: FileFormInput): VNode {
  const t = certificateTexts();
  const [file, setFile] = useState<File>();
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const choose = (chosen: File | undefined): void => {
    setFile(chosen);
    setPassword('');
    setProblem(undefined);
    if (chosen !== undefined) onChoose?.(chosen);
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (file === undefined) return;
    setBusy(true);
    try {
      const content = await base64OfFile(file);
      await upload(password === '' ? { content } : { content, password });
      choose(undefined);
      done();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return html`<form class=${formClass} onSubmit=${(event: Event) => void submit(event)} novalidate>
    <${DropFile}
      id="${id}-file"
      label=${label}
      note=${t.formats}
      choose=${t.chooseFile}
      chosen=${file === undefined ? undefined : t.file(file.name)}
      findings=${problemFindings(problem, '/content')}
      onFile=${choose}
    />
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    ${
      file !== undefined &&
      html`${fields?.(problem)}
        <${TextField}
          id="${id}-password"
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
          <button type="button" class="quiet" onClick=${() => choose(undefined)}>${common().cancel}</button>
        </div>`
    }
  </form>`;
}
