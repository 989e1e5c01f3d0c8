import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { useCalm, useLive, useLoaded } from '../../api/live.ts';
import type {
  ExchangeConnectionPatch,
  ExchangeConnectionPut,
  ExchangeConnectionView as View,
} from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatDay, formatInstant } from '../../i18n.ts';
import { type Resource, useEditing, type Version } from '../../parts/editing.ts';
import {
  announce,
  Badge,
  Empty,
  html,
  Loading,
  Notice,
  ProblemNotice,
  ViewTitle,
} from '../../parts/elements.ts';
import { connectionFields } from '../../parts/form-values.ts';
import { showValue } from '../../parts/setting-values.ts';
import { RemoveDialog } from '../../parts/remove-dialog.ts';
import { SettingsForm } from '../../parts/settings-form.ts';
import { goTo, linkTo } from '../../router.ts';
import { type TestCalls, TestPanel } from '../connection-test/panel.ts';
import { expectedSteps } from '../connection-test/steps.ts';
import type { HistoryCalls } from '../history/changes.ts';
import { ResourceHistory } from '../history/resource-history.ts';
import { serverTexts } from '../server/texts.ts';
import { exchangeTexts } from './texts.ts';

/** The list of connections, and whether they are used. */
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

function Row({ connection }: { connection: View }): VNode {
  const t = exchangeTexts();
  const { id, name, email, protocol, usedBy, clientSecretExpiresAt, warnings } = connection;
  return html`<li>
    <a class="mail-row" href=${linkTo('exchange', id)}>
      <span class="mail-main">
        <strong class="clip">${name}</strong>
        <span class="muted clip"
          >${showValue(connectionFields, '/protocol', protocol)} · ${email ?? '–'}</span
        >
        ${clientSecretExpiresAt !== null && html`<span class="muted">${t.expires(formatDay(clientSecretExpiresAt))}</span>`}
      </span>
      <span class="mail-end">
        ${warnings.length > 0 && html`<${Badge} tone="warn">${common().findings(warnings.length)}<//>`}
        <${Badge} tone=${usedBy.length > 0 ? 'good' : 'quiet'}>${usedBy.length > 0 ? t.usedBy : t.unused}<//>
      </span>
    </a>
  </li>`;
}

function connectionOf(id: string): Resource<View> {
  const isNew = id === 'new';
  return {
    key: `exchange ${id}`,
    fields: connectionFields,
    events: ['exchange-connection-changed'],
    load: async () => (isNew ? null : await call('GET /v1/exchange-connections/{id}', { path: { id } })),
    save: async (patch, version, reason) =>
      isNew
        ? await call('POST /v1/exchange-connections', {
            query: { reason },
            body: patch as ExchangeConnectionPut,
          })
        : await call('PATCH /v1/exchange-connections/{id}', {
            path: { id },
            query: { reason },
            headers: { 'if-match': `"${version}"` },
            body: patch as ExchangeConnectionPatch,
          }),
  };
}

function testsOf(id: string): TestCalls {
  const path = { id };
  return {
    key: `exchange ${id}`,
    start: async (body) => await call('POST /v1/exchange-connections/{id}/connection-tests', { path, body }),
    find: async (testId) =>
      await call('GET /v1/exchange-connections/{id}/connection-tests/{testId}', { path: { id, testId } }),
    list: async (limit) =>
      (await call('GET /v1/exchange-connections/{id}/connection-tests', { path, query: { limit } })).items,
  };
}

/** One connection, or a new one. */
export function ConnectionView({ id }: { id: string }): VNode {
  const t = exchangeTexts();
  const { loaded, editing } = useEditing(connectionOf(id));
  const { data: view, problem, reload } = loaded;
  const [isRemoving, setRemoving] = useState(false);
  const form = editing?.edited.form ?? {};
  const saved = (version: Version): void => {
    announce(t.saved(version.version));
    if (id === 'new') goTo('exchange', version.id);
  };
  const isUsed = (view?.usedBy.length ?? 0) > 0;
  const remove = async (): Promise<void> => {
    const headers = { 'if-match': `"${view?.version ?? 0}"` };
    await call('DELETE /v1/exchange-connections/{id}', { path: { id }, headers });
    goTo('exchange');
  };
  const removeButton =
    view &&
    html`<button type="button" class="danger" onClick=${() => setRemoving(true)}>${t.remove}</button>`;
  return html`
    <p><a href=${linkTo('exchange')}>← ${common().exchange}</a></p>
    <${ViewTitle}>${id === 'new' ? t.newTitle : (view?.name ?? common().exchange)}<//>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${editing === undefined && problem === undefined && html`<${Loading} />`}
    ${view && html`<p class="muted">${serverTexts().savedBy(view.version, view.updatedBy, formatInstant(view.updatedAt))}</p>`}
    ${form['/protocol'] === 'ews' && form['/authentication'] === 'oauth' && html`<${Notice} tone="warn">${t.ewsEnds}<//>`}
    ${
      editing !== undefined &&
      html`<${SettingsForm} editing=${editing} warnings=${view?.warnings ?? []} saved=${saved}
        >${removeButton}<//
      >`
    }
    ${
      view &&
      editing !== undefined &&
      may('connection:test') &&
      html`<${TestPanel}
        calls=${testsOf(id)}
        expected=${expectedSteps[form['/protocol'] as View['protocol']]}
        editing=${editing}
        trusted=${(trusted: string) => editing.change({ '/trustedCertificateId': trusted })}
      />`
    }
    ${view && may('audit:read') && html`<${ResourceHistory} id="connection-history" title=${t.history} calls=${historyOf(id, reload)} />`}
    ${
      isRemoving &&
      html`<${RemoveDialog}
        title=${t.removeTitle(view?.name ?? '')}
        text=${isUsed ? t.inUse : t.removeText}
        remove=${isUsed ? undefined : remove}
        onClose=${() => setRemoving(false)}
      />`
    }
  `;
}

function historyOf(id: string, done: () => void): HistoryCalls {
  const path = { id };
  return {
    key: `exchange ${id}`,
    events: ['exchange-connection-changed'],
    fields: connectionFields,
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
