import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { announce } from '../../announce.ts';
import { call } from '../../api/client.ts';
import type { CertificateView } from '../../api/operations.ts';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { SelectField, TextField } from '../../parts/controls.ts';
import { Notice, problemFindings, ProblemNotice, ViewTitle } from '../../parts/notices.ts';
import { linkTo } from '../../router.ts';
import { may } from '../../session.ts';
import { bodyOfKey, findingsWithValues, type KeyForm, keyTypes, newKey, subjectFields } from './key-form.ts';
import { keyTexts } from './key-texts.ts';
import { SigningRequest } from './signing-request.ts';

/** Creating a key takes what saving one does: it is a certificate, and a secret. */
export const mayCreateKeys = (): boolean => may('settings:write') && may('secrets:write');

/** A key is created here, and then there is a request to be given to an authority. */
export function NewKeyView(): VNode {
  const t = keyTexts();
  const [created, setCreated] = useState<CertificateView>();
  useEffect(() => {
    if (created !== undefined) document.getElementById('view-title')?.focus();
  }, [created]);
  return html`
    <p><a href=${linkTo('certificates')}>← ${common().certificates}</a></p>
    <${ViewTitle}>${created?.name ?? t.newKey}<//>
    ${
      created === undefined
        ? html`<p class="lead">${t.intro}</p>
            <${Form} done=${setCreated} />`
        : html`<${Notice} tone="good">
              <p>${t.created}</p>
              <p>${t.next}</p>
            <//>
            <div class="card">
              <${SigningRequest} certificate=${created} />
            </div>`
    }
  `;
}

function Form({ done }: { done: (created: CertificateView) => void }): VNode {
  const t = keyTexts();
  const [form, setForm] = useState(newKey);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [problem]);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const query = reason.trim() === '' ? {} : { reason: reason.trim() };
      const { data } = await call('createCertificateKey', { query, body: bodyOfKey(form) });
      announce(t.created);
      done(data);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const fieldOf = (name: keyof KeyForm, pointer: string) => ({
    id: `key-${name}`,
    label: t.labels[name],
    help: t.help[name],
    value: form[name],
    findings: findingsWithValues(problemFindings(problem, pointer), form[name]),
    onInput: (value: string) => setForm({ ...form, [name]: value }),
  });
  const options = Object.entries(keyTypes).map(([value, label]) => ({ value, label }));
  return html`<form class="card" onSubmit=${(event: Event) => void submit(event)} novalidate>
    <${Problem} problem=${problem} />
    <${TextField} ...${fieldOf('name', '/name')} />
    <${SelectField} ...${fieldOf('keyType', '/keyType')} options=${options} />
    ${subjectFields.map(
      (name) =>
        html`<${TextField}
          key=${name}
          ...${fieldOf(name, `/subject/${name}`)}
          size=${name === 'country' ? 'short' : undefined}
        />`,
    )}
    <${TextField}
      id="key-reason"
      label=${common().reason}
      help=${common().reasonHelp}
      value=${reason}
      onInput=${setReason}
    />
    <div class="actions"><button type="submit" class="primary" disabled=${isBusy}>${t.create}</button></div>
  </form>`;
}

/** The fields say what is wrong with them; everything else is said here. */
function Problem({ problem }: { problem: ApiProblem | undefined }): VNode | null {
  if (problem === undefined) return null;
  const count = problem.findings.length;
  return count === 0
    ? html`<${ProblemNotice} problem=${problem} />`
    : html`<${Notice} tone="bad" role="alert"><p>${common().findings(count)}</p><//>`;
}
