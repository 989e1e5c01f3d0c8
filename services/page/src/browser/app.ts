import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from './api/problem.ts';
import { html } from './html.ts';
import { common } from './i18n/common-texts.ts';
import { setLanguage, useLanguage } from './i18n/language.ts';
import { Loading, ProblemNotice } from './parts/notices.ts';
import { linkTo, useRoute } from './router.ts';
import { loadSession, type Me, signOut, useSession } from './session.ts';
import { SignIn } from './views/sign-in.ts';
import { sections, viewOf } from './views/views.ts';

const retryMs = 3_000;

/** Everything: who is not signed in sees the sign-in, and afterwards what the address asks for. */
export function App(): VNode {
  useLanguage();
  const session = useSession();
  const [problem, setProblem] = useState<ApiProblem>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = (): void => {
      loadSession().then(
        () => setProblem(undefined),
        (error: unknown) => {
          const found = asProblem(error);
          if (found.code === 'unauthenticated') return;
          setProblem(found);
          timer = setTimeout(load, retryMs);
        },
      );
    };
    load();
    return () => clearTimeout(timer);
  }, []);
  return html`
    <${Header} me=${session.state === 'in' ? session.me : undefined} />
    ${session.state === 'in' && html`<${Inside} />`}
    ${session.state === 'out' && html`<main id="main" class="narrow"><${SignIn} /></main>`}
    ${
      session.state === 'unknown' &&
      html`<main id="main" class="narrow">
        ${problem === undefined ? html`<${Loading} />` : html`<${ProblemNotice} problem=${problem} />`}
      </main>`
    }
    <div id="announcements" class="visually-hidden" role="status" aria-live="polite"></div>
  `;
}

function Header({ me }: { me: Me | undefined }): VNode {
  const t = common();
  const current = useLanguage();
  const toMain = (): void => document.getElementById('view-title')?.focus();
  return html`<header class="top">
    <button type="button" class="skip" onClick=${toMain}>${t.skip}</button>
    <span class="brand"><span class="mark" aria-hidden="true"></span>${t.product}</span>
    <div class="top-end">
      ${me !== undefined && html`<span class="who" title=${t.signedInAs(me.name)}>${me.name}</span>`}
      <div class="segmented" role="group" aria-label=${t.language}>
        ${(['de', 'en'] as const).map(
          (one) =>
            html`<button
              type="button"
              key=${one}
              lang=${one}
              aria-pressed=${one === current}
              aria-label=${one === 'de' ? 'DE, Deutsch' : 'EN, English'}
              onClick=${() => setLanguage(one)}
            >
              ${one.toUpperCase()}
            </button>`,
        )}
      </div>
      ${me !== undefined && html`<button type="button" class="quiet" onClick=${() => void signOut().catch(() => undefined)}>${t.signOut}</button>`}
    </div>
  </header>`;
}

function Inside(): VNode {
  const route = useRoute();
  const t = common();
  const path = route.join('/');
  const isFirst = useRef(true);
  const view = viewOf(route);
  useEffect(() => {
    document.title = `${view.title} · ${common().product}`;
  });
  useEffect(() => {
    if (!isFirst.current) document.getElementById('view-title')?.focus();
    isFirst.current = false;
    scrollTo(0, 0);
  }, [path]);
  return html`<div class="layout">
    <nav class="side" aria-label=${t.navigation}>
      <ul>
        ${sections().map(
          ({ name, label }) =>
            html`<li key=${name}>
              <a href=${linkTo(name)} aria-current=${view.section === name ? 'page' : undefined}>${label}</a>
            </li>`,
        )}
        <li class="apart"><a href="/docs">${t.api}</a></li>
      </ul>
    </nav>
    <main id="main" key=${path}>${view.render()}</main>
  </div>`;
}
