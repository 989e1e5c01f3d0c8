/*
 * Ways in for a person who is not signed in: the sign-in, and the link that the service has printed, by which the first person of
 * an installation begins.
 */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, call, isProblemCode } from '../../api/client.ts';
import { signIn } from '../../api/session.ts';
import { common, texts } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { announce, CopyButton, html, Notice, ProblemNotice } from '../../parts/elements.ts';
import { controlProps, Field, TextField } from '../../parts/fields.ts';
import { goTo, linkTo, useRoute } from '../../router.ts';

const signInTexts = texts({
  de: {
    title: 'Anmelden',
    intro:
      'Hier wird eingestellt, wie Ihre Anwendungen E-Mails versenden, und hier sehen Sie, was aus jeder E-Mail wurde.',
    credential: 'API-Schlüssel oder Token',
    help:
      'Beim ersten Start gibt der Dienst einen Link und den Pfad der Datei admin.key aus, in der der Schlüssel für die ' +
      'Verwaltung steht. Im Container: docker compose exec config-api cat /var/lib/postausgang/admin.key',
    submit: 'Anmelden',
    account: 'Mit Firmenkonto anmelden',
    emergency: 'Notzugang',
    emergencyHelp: 'Mit dem API-Schlüssel eines Administrators.',
  },
  en: {
    title: 'Sign in',
    intro: 'Configure how your applications send mail, and see the delivery status of every mail.',
    credential: 'API key or token',
    help:
      'At its first start, the service prints a link and the path of the file admin.key, which contains the admin key. ' +
      'In a container: docker compose exec config-api cat /var/lib/postausgang/admin.key',
    submit: 'Sign in',
    account: 'Sign in with company account',
    emergency: 'Emergency access',
    emergencyHelp: 'With the API key of an administrator.',
  },
});

const accountOffer = document.querySelector<HTMLMetaElement>('meta[name=account-sign-in]')?.content ?? 'none';

/** Goes to the identity provider, and comes back to the view that was asked for. */
function withAccount(): void {
  const view = location.hash.startsWith('#/sign-in/') ? '' : location.hash;
  location.assign(`./v1/session/oidc?${new URLSearchParams({ returnTo: `/${view}` }).toString()}`);
}

/**
 * The sign-in with a key, with the account of the company, or with both. Then the requested address opens.
 *
 * @param failed the code of the problem that a sign-in with an account has ended with
 */
function SignIn({ failed }: { failed: string | undefined }): VNode {
  const t = signInTexts();
  document.title = `${t.title} · Postausgang`;
  return html`<div class="card sign-in">
    <h1 id="view-title" tabindex="-1">${t.title}</h1>
    <p>${t.intro}</p>
    ${isProblemCode(failed) && html`<${ProblemNotice} problem=${new ApiProblem(0, { code: failed })} />`}
    ${
      accountOffer !== 'none' &&
      html`<div class="actions">
        <button type="button" class="primary" onClick=${withAccount}>${t.account}</button>
      </div>`
    }
    ${
      accountOffer === 'only'
        ? html`<details>
            <summary>${t.emergency}</summary>
            <p class="muted">${t.emergencyHelp}</p>
            <${KeySignIn} />
          </details>`
        : html`<${KeySignIn} />`
    }
  </div>`;
}

/** Exchanges a key for a session. */
function KeySignIn(): VNode {
  const t = signInTexts();
  const [credential, setCredential] = useState('');
  const { problem, isBusy, run } = useAction(async () => {
    if (credential.trim() !== '') await signIn(credential.trim());
  });
  return html`<form onSubmit=${run}>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <${TextField}
      id="credential"
      label=${t.credential}
      help=${t.help}
      type="password"
      value=${credential}
      autocomplete="current-password"
      onInput=${setCredential}
    />
    <div class="actions">
      <button type="submit" class=${accountOffer === 'none' ? 'primary' : ''} disabled=${isBusy}>
        ${t.submit}
      </button>
    </div>
  </form>`;
}

const startTexts = texts({
  de: {
    title: 'Willkommen',
    intro:
      'Sie richten Postausgang als Erste oder Erster ein. Unter Ihrem Namen erscheint im Verlauf, was Sie ändern.',
    name: 'Ihr Name',
    begin: 'Einrichtung beginnen',
    created: 'Ihr Zugang ist angelegt.',
    once: 'Mit diesem Schlüssel melden Sie sich künftig an. Er wird nur jetzt angezeigt: Bewahren Sie ihn in Ihrem Passwortspeicher auf.',
    key: 'Ihr Schlüssel',
    goOn: 'Weiter',
    other: 'Mit einem Schlüssel anmelden',
  },
  en: {
    title: 'Welcome',
    intro: 'You are the first to set up Postausgang. The history shows your name with everything you change.',
    name: 'Your name',
    begin: 'Begin set-up',
    created: 'Your access has been created.',
    once: 'Sign in with this key from now on. It is shown only now: keep it in your password manager.',
    key: 'Your key',
    goOn: 'Continue',
    other: 'Sign in with a key',
  },
});

/** @param token what the link ends with */
function StartView({ token }: { token: string }): VNode {
  const t = startTexts();
  const [name, setName] = useState('');
  const [key, setKey] = useState<string>();
  const { problem, isBusy, run } = useAction(async () => {
    if (name.trim() === '') return;
    const created = await call('POST /v1/first-person', { body: { token, name: name.trim() } });
    announce(startTexts().created);
    setKey(created.key);
  });
  document.title = `${t.title} · ${common().product}`;
  useEffect(() => {
    document.getElementById(key === undefined ? 'person-name' : 'view-title')?.focus();
  }, [key]);
  if (key !== undefined) return html`<${FirstKey} value=${key} />`;
  return html`<form class="card sign-in" onSubmit=${run}>
    <h1 id="view-title" tabindex="-1">${t.title}</h1>
    <p>${t.intro}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <${TextField}
      id="person-name"
      label=${t.name}
      value=${name}
      required=${true}
      autocomplete="name"
      onInput=${setName}
    />
    <div class="actions">
      <button type="submit" class="primary" disabled=${isBusy}>${t.begin}</button>
      <a href=${linkTo()}>${t.other}</a>
    </div>
  </form>`;
}

/** The only time that the key is shown. */
function FirstKey({ value }: { value: string }): VNode {
  const t = startTexts();
  const shown = useRef<HTMLInputElement>(null);
  const field = { id: 'new-key', label: t.key, help: common().keyHelp };
  const { problem, isBusy, run } = useAction(async () => {
    await signIn(value);
    goTo();
  });
  return html`<form class="card sign-in" onSubmit=${run}>
    <h1 id="view-title" tabindex="-1">${t.created}</h1>
    <${Notice} tone="warn"><p>${t.once}</p><//>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <${Field} ...${field}>
      <input ref=${shown} ...${controlProps(field)} readonly spellcheck="false" value=${value} />
      <div class="actions"><${CopyButton} text=${value} shown=${shown} /></div>
    <//>
    <div class="actions">
      <button type="submit" class="primary" disabled=${isBusy}>${t.goOn}</button>
    </div>
  </form>`;
}

/** What a person sees who is not signed in: the sign-in, or the way in that the service has printed. */
export function Outside(): VNode {
  const [view, token] = useRoute();
  return view === 'start' && token !== undefined
    ? html`<${StartView} token=${token} />`
    : html`<${SignIn} failed=${view === 'sign-in' ? token : undefined} />`;
}
