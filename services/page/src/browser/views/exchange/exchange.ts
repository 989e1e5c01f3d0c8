import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call } from '../../api/client.ts';
import { useCalm, useLive, useLoaded } from '../../api/live.ts';
import type {
  ExchangeConnectionView,
  ExchangeConnectionTestRequest,
  ExchangeConnectionView as View,
} from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatDate, formatInstant, sentence } from '../../i18n.ts';
import {
  announce,
  Badge,
  Dialog,
  Empty,
  html,
  Loading,
  Notice,
  ProblemNotice,
  ViewTitle,
} from '../../parts/elements.ts';
import { SaveBar } from '../../parts/fields.ts';
import { Differences, type ValueLabels } from '../../parts/setting-values.ts';
import { goTo, linkTo } from '../../router.ts';
import { type TestCalls, TestPanel } from '../connection-test/panel.ts';
import { expectedSteps } from '../connection-test/steps.ts';
import {
  ChangeFacts,
  type ChangeItemInput,
  ChangeList,
  type HistoryCalls,
  historyTexts,
} from '../history/changes.ts';
import { useChoices } from '../server/fields.ts';
import { serverTexts } from '../server/texts.ts';
import {
  bodyOfConnection,
  ConnectionFields,
  type ConnectionForm,
  formOfConnection,
  isConnectionChanged,
  newConnection,
} from './connection-form.ts';
import { exchangeTexts } from './texts.ts';

const labels: ValueLabels = {
  labelOf: (pointer) => exchangeTexts().labels[pointer] ?? pointer,
  choicesOf: (pointer) => exchangeTexts().choices[pointer],
};

function historyOf(id: string, done: () => void): HistoryCalls {
  const path = { id };
  return {
    key: `exchange ${id}`,
    events: ['exchange-connection-changed'],
    labels,
    page: async (query) => await call('GET /v1/exchange-connections/{id}/history', { path, query }),
    diff: async (from, to) =>
      await call('GET /v1/exchange-connections/{id}/diff', { path, query: { from, to } }),
    async revert(current, body) {
      const headers = { 'if-match': `"${current}"` };
      return (await call('POST /v1/exchange-connections/{id}/revert', { path, headers, body })).version;
    },
    done,
  };
}

/** Who changed the connection, when and why, and back to it. */
function ConnectionHistory({ id, reverted }: { id: string; reverted: () => void }): VNode {
  return html`<section class="card" id="connection-history" aria-labelledby="history-title">
    <h2 id="history-title">${exchangeTexts().history}</h2>
    <${ChangeList} calls=${historyOf(id, reverted)} listClass="rows" item=${ChangeRow} />
  </section>`;
}

function ChangeRow({ change, isCurrent, revert }: ChangeItemInput): VNode {
  const t = historyTexts();
  const { version, differences } = change;
  return html`<li id=${`version-${version}`}>
    <details>
      <summary>${t.title(version)}${isCurrent ? ` (${t.current})` : ''}</summary>
      <${ChangeFacts} change=${change} />
      <${Differences} items=${differences} labels=${labels} />
      ${
        !isCurrent &&
        may('settings:write') &&
        html`<div class="actions">
          <button type="button" onClick=${revert}>${t.revertTitle(version)}</button>
        </div>`
      }
    </details>
  </li>`;
}

type ConnectionDraft = NonNullable<ExchangeConnectionTestRequest['draft']>;

/** Testing one Exchange connection by itself. */
function connectionTestsOf(id: string): TestCalls<ConnectionDraft> {
  const path = { id };
  return {
    key: `exchange ${id}`,
    start: async (body) => await call('POST /v1/exchange-connections/{id}/connection-tests', { path, body }),
    find: async (testId) =>
      await call('GET /v1/exchange-connections/{id}/connection-tests/{testId}', { path: { id, testId } }),
    list: async (limit) =>
      (await call('GET /v1/exchange-connections/{id}/connection-tests', { path, query: { limit } })).items,
    labelOf: (pointer) => exchangeTexts().labels[pointer] ?? pointer,
  };
}

/** The connections, and whether they are used. */
export function ExchangeConnections(): VNode {
  const t = exchangeTexts();
  const load = async () => (await call('GET /v1/exchange-connections', {})).items;
  const { data, problem, reload } = useLoaded('exchange', load);
  useLive(['exchange-connection-changed', 'settings-changed', 'settings-applied'], useCalm(reload));
  const create =
    may('settings:write') &&
    html`<a class="button primary" href=${linkTo('exchange', 'new')}>${t.create}</a>`;
  return html`
    <${ViewTitle} aside=${create}>${common().exchange}<//>
    <p class="lead">${t.intro}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data?.length === 0 && html`<${Empty} title=${t.empty}><p>${t.emptyHelp}</p><//>`}
    <ul class="rows">
      ${data?.map((connection) => html`<${Row} key=${connection.id} connection=${connection} />`)}
    </ul>
  `;
}

function Row({ connection }: { connection: ExchangeConnectionView }): VNode {
  const t = exchangeTexts();
  const { id, name, email, protocol, usedBy, clientSecretExpiresAt, warnings } = connection;
  return html`<li>
    <a class="mail-row" href=${linkTo('exchange', id)}>
      <span class="mail-main">
        <strong class="clip">${name}</strong>
        <span class="muted clip">${t.choices['/protocol']?.[protocol] ?? protocol} · ${email ?? '–'}</span>
        ${clientSecretExpiresAt !== null && html`<span class="muted">${t.expires(formatDate(clientSecretExpiresAt))}</span>`}
      </span>
      <span class="mail-end">
        ${warnings.length > 0 && html`<${Badge} tone="warn">${common().findings(warnings.length)}<//>`}
        <${Badge} tone=${usedBy.length > 0 ? 'good' : 'quiet'}>${usedBy.length > 0 ? t.usedBy : t.unused}<//>
      </span>
    </a>
  </li>`;
}

const keep = { action: 'keep', value: '' } as const;

/** One connection, or a new one. */
export function ConnectionView({ id }: { id: string }): VNode {
  const isNew = id === 'new';
  const load = async (): Promise<View | undefined> =>
    isNew ? undefined : await call('GET /v1/exchange-connections/{id}', { path: { id } });
  const { data, problem, reload, set } = useLoaded(`exchange ${id}`, load);
  const isThere = isNew || data !== undefined;
  return html`
    <p><a href=${linkTo('exchange')}>← ${common().exchange}</a></p>
    <${ViewTitle}>${isNew ? exchangeTexts().newTitle : (data?.name ?? common().exchange)}<//>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${!isThere && problem === undefined && html`<${Loading} />`}
    ${isThere && html`<${Editor} key=${data?.version ?? 0} view=${data} saved=${set} reload=${reload} />`}
  `;
}

interface EditorInput {
  readonly view: View | undefined;
  readonly saved: (view: View) => void;
  readonly reload: () => void;
}

function Editor({ view, saved, reload }: EditorInput): VNode {
  const t = exchangeTexts();
  const [form, setForm] = useState<ConnectionForm>(() =>
    view === undefined ? newConnection : formOfConnection(view),
  );
  const [clientSecret, setClientSecret] = useState<{ action: 'keep' | 'set' | 'remove'; value: string }>(
    view === undefined ? { action: 'set', value: '' } : keep,
  );
  const [password, setPassword] = useState<{ action: 'keep' | 'set' | 'remove'; value: string }>(
    view === undefined ? { action: 'set', value: '' } : keep,
  );
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const isAllowed = may('settings:write');
  const choices = useChoices();
  const change = (changes: ConnectionForm): void => setForm((now) => ({ ...now, ...changes }));
  useEffect(() => {
    if (problem !== undefined) document.getElementById('findings')?.focus();
  }, [problem]);

  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const body = bodyOfConnection(form, view, clientSecret, password);
      const query = reason.trim() === '' ? {} : { reason: reason.trim() };
      const data =
        view === undefined
          ? await call('POST /v1/exchange-connections', { query, body })
          : await call('PUT /v1/exchange-connections/{id}', {
              path: { id: view.id },
              query,
              headers: { 'if-match': `"${view.version}"` },
              body,
            });
      announce(t.saved(data.version));
      if (view === undefined) goTo('exchange', data.id);
      else saved(data);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return html`
    ${view !== undefined && html`<p class="muted">${serverTexts().savedBy(view.version, view.updatedBy, formatInstant(view.updatedAt))}</p>`}
    ${form['protocol'] === 'ews' && form['authentication'] === 'oauth' && html`<${Notice} tone="warn">${t.ewsEnds}<//>`}
    <form onSubmit=${(event: Event) => void save(event)} novalidate>
      <${Problem} problem=${problem} reload=${reload} />
      <section class="card" aria-label=${common().exchange}>
        <${ConnectionFields}
          form=${form}
          change=${change}
          view=${view}
          problem=${problem}
          disabled=${!isAllowed}
          choices=${choices}
          clientSecret=${clientSecret}
          setClientSecret=${setClientSecret}
          password=${password}
          setPassword=${setPassword}
        />
      </section>
      ${
        isAllowed &&
        html`<${SaveBar} reason=${reason} setReason=${setReason} isBusy=${isBusy} canSave=${true}>
          ${view !== undefined && html`<button type="button" class="danger" onClick=${() => setRemoving(true)}>${t.remove}</button>`}
        <//>`
      }
    </form>
    ${
      view !== undefined &&
      may('connection:test') &&
      html`<${TestPanel}
        calls=${connectionTestsOf(view.id)}
        expected=${expectedSteps[form['protocol'] as View['protocol']]}
        patch=${() => bodyOfConnection(form, view, clientSecret, password)}
        isDraft=${isConnectionChanged(form, view) || clientSecret.action !== 'keep' || password.action !== 'keep'}
        trusted=${(trustedCertificateId: string) => change({ trustedCertificateId })}
      />`
    }
    ${view !== undefined && may('audit:read') && html`<${ConnectionHistory} id=${view.id} reverted=${reload} />`}
    ${isRemoving && view !== undefined && html`<${RemoveDialog} view=${view} onClose=${() => setRemoving(false)} />`}
  `;
}

function Problem({ problem, reload }: { problem: ApiProblem | undefined; reload: () => void }): VNode | null {
  const t = exchangeTexts();
  if (problem === undefined) return null;
  if (problem.code === 'version-conflict') {
    return html`<${Notice} tone="warn" role="alert"
      ><p>${t.conflict}</p>
      <button type="button" onClick=${reload}>${t.reload}</button><//
    >`;
  }
  if (problem.findings.length === 0) return html`<${ProblemNotice} problem=${problem} />`;
  return html`<div class="notice bad" role="alert" id="findings" tabindex="-1">
    <p><strong>${common().findings(problem.findings.length)}</strong></p>
    <ul class="findings">
      ${problem.findings.map(({ pointer, message }) => html`<li key=${pointer}>${t.labels[pointer] ?? pointer}: ${sentence(message)}</li>`)}
    </ul>
  </div>`;
}

function RemoveDialog({ view, onClose }: { view: View; onClose: () => void }): VNode {
  const t = exchangeTexts();
  const [problem, setProblem] = useState<ApiProblem>();
  const remove = async (): Promise<void> => {
    try {
      await call('DELETE /v1/exchange-connections/{id}', {
        path: { id: view.id },
        headers: { 'if-match': `"${view.version}"` },
      });
      onClose();
      goTo('exchange');
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return html`<${Dialog} title=${t.removeTitle(view.name)} onClose=${onClose}>
    <p>${view.usedBy.length > 0 ? t.inUse : t.removeText}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <div class="actions">
      ${view.usedBy.length === 0 && html`<button type="button" class="danger" onClick=${() => void remove()}>${common().remove}</button>`}
      <button type="button" class="quiet" onClick=${onClose}>${common().cancel}</button>
    </div>
  <//>`;
}
