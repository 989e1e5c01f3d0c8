import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../api/problem.ts';
import { html } from '../html.ts';
import { texts } from '../i18n/language.ts';
import { TextField } from '../parts/controls.ts';
import { ProblemNotice } from '../parts/notices.ts';
import { signIn } from '../session.ts';

const t = texts({
  de: {
    title: 'Anmelden',
    intro:
      'Hier wird eingestellt, wie Ihre Anwendungen E-Mails versenden, und hier sehen Sie, was aus jeder E-Mail wurde.',
    credential: 'API-Schlüssel oder Token',
    help: 'Beim ersten Start liegt der Schlüssel für die Verwaltung in der Datei admin.key im Datenverzeichnis des Dienstes.',
    submit: 'Anmelden',
  },
  en: {
    title: 'Sign in',
    intro:
      'This is where you set how your applications send mail, and where you see what became of each mail.',
    credential: 'API key or token',
    help: 'After the first start the key for administration lies in the file admin.key in the data folder of the service.',
    submit: 'Sign in',
  },
});

/** Exchanges a key for a session. Afterwards the address one came for opens. */
export function SignIn(): VNode {
  const [credential, setCredential] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy || credential.trim() === '') return;
    setBusy(true);
    try {
      await signIn(credential.trim());
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  document.title = `${t().title} · Postausgang`;
  return html`<form class="card sign-in" onSubmit=${(event: Event) => void submit(event)}>
    <h1 id="view-title" tabindex="-1">${t().title}</h1>
    <p>${t().intro}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <${TextField}
      id="credential"
      label=${t().credential}
      help=${t().help}
      type="password"
      value=${credential}
      autocomplete="current-password"
      onInput=${setCredential}
    />
    <div class="actions"><button type="submit" class="primary" disabled=${isBusy}>${t().submit}</button></div>
  </form>`;
}
