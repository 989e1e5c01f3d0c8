import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call, ifMatch } from '../../api/client.ts';
import type { CertificateView, ImportedRecipients } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, sentence } from '../../i18n.ts';
import { announce, Badge, html, ProblemNotice, type Tone } from '../../parts/elements.ts';
import {
  ChoiceField,
  controlProps,
  type FieldInput,
  FieldNotes,
  TextField,
  fieldAt,
} from '../../parts/fields.ts';
import { certificateFields } from '../../parts/form-values.ts';
import { captionOf, showValue } from '../../parts/setting-values.ts';
import { certificateTexts, keyTexts } from './texts.ts';

interface DropFileInput extends Pick<FieldInput, 'id' | 'label' | 'pointer' | 'findings'> {
  readonly note: string;
  readonly choose: string;
  readonly chosen: string | undefined;
  readonly onFile: (file: File) => void;
}

/** A file that is dragged in or chosen. With the keyboard, it is chosen. */
function DropFile({ note, choose, chosen, onFile, ...field }: DropFileInput): VNode {
  const [isOver, setOver] = useState(false);
  const over = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file !== undefined) onFile(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files);
  };
  return html`<div
    class="drop ${isOver ? 'over' : ''}"
    onDragOver=${over}
    onDragLeave=${() => setOver(false)}
    onDrop=${drop}
  >
    <p><strong>${chosen ?? field.label}</strong></p>
    <p class="muted">${note}</p>
    <label class="button file-button">
      ${choose}
      <input
        ...${controlProps(field)}
        type="file"
        onChange=${(event: Event) => take((event.target as HTMLInputElement).files)}
      />
    </label>
    <${FieldNotes} ...${field} />
  </div>`;
}

/** The content of a file as base64. */
async function base64OfFile(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return base64OfText(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(''));
}

/** Text of single-byte characters, such as PEM, as base64. */
export const base64OfText = (text: string): string => btoa(text);

/** A file as the API takes it, without a password if there is none. */
interface UploadedFile {
  readonly content: string;
  readonly keyContent?: string;
  readonly password?: string;
}

interface FileFormInput {
  readonly id: string;
  readonly label: string;
  readonly formClass?: string;
  readonly onChoose?: (file: File) => void;
  /** Whether the private key may come in a file of its own. */
  readonly takesKeyFile?: boolean;
  /** More fields, shown once a file is chosen. */
  readonly fields?: (problem: ApiProblem | undefined) => VNode;
  /** Rejects with the problem of the file. */
  readonly upload: (file: UploadedFile) => Promise<void>;
  /** Called when the form is empty again. */
  readonly done: () => void;
}

interface KeyFileInput {
  readonly id: string;
  readonly file: File | undefined;
  readonly problem: ApiProblem | undefined;
  readonly onFile: (file: File) => void;
}

/** The private key, where it is a file of its own. */
function KeyFile({ id, file, problem, onFile }: KeyFileInput): VNode {
  const t = certificateTexts();
  return html`<${DropFile}
    id="${id}-key-file"
    label=${t.keyFile}
    note=${t.keyFileHelp}
    choose=${t.chooseFile}
    chosen=${file === undefined ? undefined : t.file(file.name)}
    ...${fieldAt(problem, '/keyContent')}
    onFile=${onFile}
  />`;
}

interface PasswordOfFileInput {
  readonly id: string;
  readonly password: string;
  readonly problem: ApiProblem | undefined;
  readonly onInput: (password: string) => void;
}

function PasswordOfFile({ id, password, problem, onInput }: PasswordOfFileInput): VNode {
  const t = certificateTexts();
  return html`<${TextField}
    id="${id}-password"
    label=${t.password}
    help=${t.passwordHelp}
    type="password"
    value=${password}
    autocomplete="off"
    ...${fieldAt(problem, '/password')}
    onInput=${onInput}
  />`;
}

/** Asks for a file, then for its password and for further fields. */
function FileForm(input: FileFormInput): VNode {
  const { id, label, formClass, onChoose, takesKeyFile = false, fields, upload, done } = input;
  const t = certificateTexts();
  const [file, setFile] = useState<File>();
  const [keyFile, setKeyFile] = useState<File>();
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const choose = (chosen: File | undefined): void => {
    setFile(chosen);
    setKeyFile(undefined);
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
      const key = keyFile === undefined ? {} : { keyContent: await base64OfFile(keyFile) };
      await upload({ content, ...key, ...(password === '' ? {} : { password }) });
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
      ...${fieldAt(problem, '/content')}
      onFile=${choose}
    />
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    ${
      file !== undefined &&
      html`${fields?.(problem)}
        ${takesKeyFile && html`<${KeyFile} id=${id} file=${keyFile} problem=${problem} onFile=${setKeyFile} />`}
        <${PasswordOfFile} id=${id} password=${password} problem=${problem} onInput=${setPassword} />
        <div class="actions">
          <button type="submit" class="primary" disabled=${isBusy}>${t.import}</button>
          <button type="button" class="quiet" onClick=${() => choose(undefined)}>${common().cancel}</button>
        </div>`
    }
  </form>`;
}

type Kind = 'own' | 'trusted';

/** Imports a file as an own or as a trusted certificate. */
export function ImportForm({ done }: { done: () => void }): VNode {
  const t = certificateTexts();
  const [kind, setKind] = useState<Kind>('own');
  const [name, setName] = useState('');
  const guess = (file: File): void => {
    setName(file.name.replace(/\.\w+$/, '').slice(0, 100));
    setKind(/\.(p12|pfx)$/i.test(file.name) && may('secrets:write') ? 'own' : 'trusted');
  };
  const upload = async (file: UploadedFile): Promise<void> => {
    await call('POST /v1/certificates', { body: { name: name.trim(), kind, ...file } });
    announce(t.imported);
  };
  const fields = (problem: ApiProblem | undefined): VNode =>
    html`<${ChoiceField}
        id="certificate-kind"
        ...${captionOf(certificateFields, '/kind')}
        value=${kind}
        ...${fieldAt(problem, '/kind')}
        options=${(['own', 'trusted'] as const).map((value) => ({ value, label: showValue(certificateFields, '/kind', value) }))}
        onInput=${setKind}
      />
      <${TextField}
        id="certificate-name"
        ...${captionOf(certificateFields, '/name')}
        value=${name}
        ...${fieldAt(problem, '/name')}
        onInput=${setName}
      />`;
  return html`<${FileForm}
    id="certificate"
    formClass="card"
    label=${t.drop}
    onChoose=${guess}
    takesKeyFile=${kind === 'own'}
    fields=${fields}
    upload=${upload}
    done=${done}
  />`;
}

interface IssuedFormInput {
  readonly certificate: CertificateView;
  readonly done: () => void;
}

/** Imports the certificate that a CA has issued for a key created here, the first one or a renewal. */
export function IssuedForm({ certificate, done }: IssuedFormInput): VNode {
  const { id, version, details } = certificate;
  const t = keyTexts();
  const formId = `issued-${id}`;
  const upload = async (body: UploadedFile): Promise<void> => {
    await call('PUT /v1/certificates/{id}/certificate', {
      path: { id },
      headers: ifMatch(version),
      body,
    });
    announce(t.issued);
  };
  const finish = (): void => {
    // The button is gone; the keyboard continues here.
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

type Imported = ImportedRecipients['items'];

const tones: Readonly<Record<string, Tone>> = { imported: 'good', known: 'info', refused: 'bad' };

/** Imports a file with any number of certificates and shows the result for each. */
export function RecipientImport({ done }: { done: () => void }): VNode {
  const t = certificateTexts();
  const [imported, setImported] = useState<Imported>([]);
  const [problem, setProblem] = useState<ApiProblem>();
  const take = async (file: File): Promise<void> => {
    setProblem(undefined);
    try {
      const data = await call('POST /v1/recipient-certificates', {
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
      pointer="/content"
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
