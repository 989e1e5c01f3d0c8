/** What one looks for when the page does not say enough: which release this is, and where there is more to read. */
import type { VNode } from 'preact';
import { call } from '../../api/client.ts';
import { useLoaded } from '../../api/live.ts';
import { common, texts } from '../../i18n.ts';
import { html, ProblemNotice, ViewTitle } from '../../parts/elements.ts';
import { linkTo } from '../../router.ts';

const helpTexts = texts({
  de: {
    release: 'Version',
    node: 'Node.js',
    read: 'Dokumentation',
    api: 'API-Dokumentation (Swagger UI, Englisch)',
    document: 'OpenAPI-Dokument',
    problems: 'Alle Fehlercodes mit Ursache und Abhilfe',
    keys: 'Tastatur',
    shortcuts: [
      ['Tab, Umschalt+Tab', 'zum nächsten oder vorigen Bedienelement'],
      ['Eingabe', 'sendet das Formular, in dem Sie sind, oder öffnet den Link'],
      ['Leertaste', 'schaltet um und drückt Schaltflächen'],
      ['Esc', 'schließt ein Dialogfenster'],
    ],
    support: 'Ereignisse, abgelehnte Anforderungen und die Datei für den Support:',
  },
  en: {
    release: 'Release',
    node: 'Node.js',
    read: 'Documentation',
    api: 'API documentation (Swagger UI)',
    document: 'OpenAPI document',
    problems: 'All error codes with cause and remedy',
    keys: 'Keyboard',
    shortcuts: [
      ['Tab, Shift+Tab', 'to the next or previous control'],
      ['Enter', 'submits the form that you are in, or opens the link'],
      ['Space', 'toggles switches and presses buttons'],
      ['Esc', 'closes a dialog'],
    ],
    support: 'Events, refused requests and the file for support:',
  },
});

/** The whole view. */
export function View(): VNode {
  const t = helpTexts();
  const { data, problem } = useLoaded('version', () => call('GET /version', {}));
  return html`
    <${ViewTitle}>${common().help}<//>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <section class="card">
      <dl class="facts">
        <dt>${t.release}</dt>
        <dd id="release">${data?.version}</dd>
        <dt>${t.node}</dt>
        <dd>${data?.node}</dd>
      </dl>
    </section>
    <section class="card" aria-labelledby="read-title">
      <h2 id="read-title">${t.read}</h2>
      <ul>
        <li><a href="./docs">${t.api}</a></li>
        <li><a href="./openapi.json">${t.document}</a></li>
        <li><a href="./problems">${t.problems}</a></li>
      </ul>
      <p>${t.support} <a href=${linkTo('activity')}>${common().activity}</a></p>
    </section>
    <section class="card" aria-labelledby="keys-title">
      <h2 id="keys-title">${t.keys}</h2>
      <dl class="facts">
        ${t.shortcuts.map(([key, effect]) => [html`<dt key=${key}><kbd>${key}</kbd></dt>`, html`<dd>${effect}</dd>`])}
      </dl>
    </section>
  `;
}
