import type { VNode } from 'preact';
import { call, ifMatch } from '../../api/client.ts';
import { useCalm, useLive, useLoaded } from '../../api/live.ts';
import type {
  ExchangeConnectionPatch,
  ExchangeConnectionCreate,
  ExchangeConnectionView as View,
} from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatDay } from '../../i18n.ts';
import type { Editing } from '../../parts/editing.ts';
import {
  Badge,
  type Child,
  Empty,
  html,
  Loading,
  Notice,
  ProblemNotice,
  ViewTitle,
} from '../../parts/elements.ts';
import { connectionFields } from '../../parts/form-values.ts';
import { showValue } from '../../parts/setting-values.ts';
import { linkTo } from '../../router.ts';
import { type TestCalls, TestPanel } from '../connection-test/panel.ts';
import { expectedSteps } from '../connection-test/steps.ts';
import { type ListedResource, newId, ResourceView } from '../resource/resource.ts';
import { exchangeTexts } from './texts.ts';

/** The list of connections, and whether they are used. */
export function ExchangeConnections(): VNode {
  const t = exchangeTexts();
  const load = async () => (await call('GET /v1/exchange-connections', {})).items;
  const { data, problem, reload } = useLoaded('exchange', load);
  useLive(['exchange-connection-changed', 'settings-changed', 'settings-applied'], useCalm(reload));
  const create =
    may('settings:write') &&
    html`<a class="button primary" href=${linkTo('exchange', newId)}>${t.create}</a>`;
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

function connectionOf(id: string): ListedResource<View> {
  const path = { id };
  return {
    key: `exchange ${id}`,
    fields: connectionFields,
    events: ['exchange-connection-changed'],
    load: async () => (id === newId ? null : await call('GET /v1/exchange-connections/{id}', { path })),
    save: async (patch, version, reason) =>
      id === newId
        ? await call('POST /v1/exchange-connections', {
            query: { reason },
            body: patch as ExchangeConnectionCreate,
          })
        : await call('PATCH /v1/exchange-connections/{id}', {
            path,
            query: { reason },
            headers: ifMatch(version),
            body: patch as ExchangeConnectionPatch,
          }),
    remove: (version) => call('DELETE /v1/exchange-connections/{id}', { path, headers: ifMatch(version) }),
    page: async (query) => await call('GET /v1/exchange-connections/{id}/history', { path, query }),
    diff: async (from, to) =>
      await call('GET /v1/exchange-connections/{id}/diff', { path, query: { from, to } }),
    revert: async (current, body) =>
      (await call('POST /v1/exchange-connections/{id}/revert', { path, headers: ifMatch(current), body }))
        .version,
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
  const note = ({ edited: { form } }: Editing<View>): Child =>
    form['/protocol'] === 'ews' &&
    form['/authentication'] === 'oauth' &&
    html`<${Notice} tone="warn">${t.ewsEnds}<//>`;
  const tests = (editing: Editing<View>): Child =>
    may('connection:test') &&
    html`<${TestPanel}
      calls=${testsOf(id)}
      expected=${expectedSteps[editing.edited.form['/protocol'] as View['protocol']]}
      editing=${editing}
      trusted=${(trusted: string) => editing.change({ '/trustedCertificateId': trusted })}
    />`;
  return html`<${ResourceView}
    id=${id}
    list="exchange"
    texts=${t}
    resource=${connectionOf(id)}
    note=${note}
    below=${tests}
  />`;
}
