/** The sending mode: whether mail goes to its recipients, to other addresses, or waits. */
import type { VNode } from 'preact';
import { call, ifMatch } from '../../api/client.ts';
import { useLive, useLoaded } from '../../api/live.ts';
import type { SendingModePatch, SendingModeView as View } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { formatInstant } from '../../i18n.ts';
import { type Resource, useEditing, type Version } from '../../parts/editing.ts';
import { announce, html, Loading, Notice, ProblemNotice, ViewTitle } from '../../parts/elements.ts';
import { type FormField, sendingModeFields } from '../../parts/form-values.ts';
import { SettingsForm } from '../../parts/settings-form.ts';
import { linkTo } from '../../router.ts';
import type { HistoryCalls } from '../history/changes.ts';
import { ResourceHistory } from '../resource/resource.ts';
import { serverTexts } from '../server/texts.ts';
import { sendingModeTexts } from './texts.ts';

const path = { id: 'sending-mode' };
const events = ['sending-mode-changed', 'settings-applied'];

const loadEnvironment = async () => await call('GET /v1/environment', {});

/** Above every view, while mail does not go to its recipients. */
export function SendingModeBanner(): VNode | null {
  const t = sendingModeTexts();
  const { data, reload } = useLoaded('sending-mode-banner', loadEnvironment);
  useLive(['sending-mode-changed', 'environment-confirmed'], reload);
  const text = t.banner[data?.sendingMode ?? ''];
  return text === undefined
    ? null
    : html`<${Notice} tone="warn" role="region" label=${t.title}>
        <p id="sending-mode">
          <strong>${text}</strong>${' '}
          ${may('settings:read') && html`<a href=${linkTo('sending-mode')}>${t.change}</a>`}
        </p>
      <//>`;
}

/** Whoever returns to live types which environment that is about. */
function nameField(name: string): FormField {
  return {
    pointer: '/environmentName',
    group: 'mail',
    control: 'text',
    inUse: [[{ '/mode': ['live'] }]],
    default: null,
    isRequired: true,
    isDestination: false,
    label: { en: 'Name of this environment', de: 'Name dieser Umgebung' },
    help: {
      en: `From now on mail reaches its recipients. Type “${name}” to confirm.`,
      de: `Ab jetzt erreichen E-Mails ihre Empfänger. Geben Sie zur Bestätigung „${name}“ ein.`,
    },
  };
}

const load = async () => await call('GET /v1/environment/{id}', { path });

function resourceWith(fields: readonly FormField[]): Resource<View> {
  return {
    key: 'sending-mode',
    fields,
    events,
    load,
    save: async (patch, version, reason) =>
      await call('PATCH /v1/environment/{id}', {
        path,
        query: { reason },
        headers: ifMatch(version),
        body: patch as SendingModePatch,
      }),
  };
}

function historyOf(fields: readonly FormField[], typed: string): Omit<HistoryCalls, 'done'> {
  const named = typed === '' ? {} : { environmentName: typed };
  return {
    key: 'sending-mode',
    fields,
    events,
    page: async (query) => await call('GET /v1/environment/{id}/history', { path, query }),
    diff: async (from, to) => await call('GET /v1/environment/{id}/diff', { path, query: { from, to } }),
    revert: async (current, body) =>
      (
        await call('POST /v1/environment/{id}/revert', {
          path,
          headers: ifMatch(current),
          body: { ...body, ...named },
        })
      ).version,
  };
}

export function SendingModeView(): VNode {
  const t = sendingModeTexts();
  const environment = useLoaded('environment-name', loadEnvironment);
  const isLive = environment.data?.sendingMode === 'live';
  useLive(events, environment.reload);
  const fields = isLive ? sendingModeFields : [...sendingModeFields, nameField(environment.data?.name ?? '')];
  const { loaded, editing } = useEditing(resourceWith(fields));
  const { data: view, problem, reload } = loaded;
  const typed = editing?.edited.form['/environmentName'];
  const saved = ({ version }: Version): void => {
    announce(t.saved(version));
    environment.reload();
  };
  return html`
    <${ViewTitle}>${t.title}<//>
    <p class="lead">${t.intro}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${(editing === undefined || environment.data === undefined) && problem === undefined && html`<${Loading} />`}
    ${view && view.version > 0 && html`<p class="muted">${serverTexts().savedBy(view.version, view.updatedBy ?? '', formatInstant(view.updatedAt))}</p>`}
    ${
      editing &&
      environment.data &&
      html`<${SettingsForm} editing=${editing} warnings=${view?.warnings ?? []} saved=${saved} />`
    }
    ${
      view &&
      may('audit:read') &&
      html`<${ResourceHistory}
        title=${t.history}
        calls=${{ ...historyOf(fields, typeof typed === 'string' ? typed.trim() : ''), done: reload }}
      />`
    }
  `;
}

/** On the view of the server: how mail is sent at the moment, and the way to change it. */
export function SendingModeLink(): VNode | null {
  const t = sendingModeTexts();
  const { data, reload } = useLoaded('sending-mode-link', loadEnvironment);
  useLive(['sending-mode-changed', 'environment-confirmed'], reload);
  return data === undefined
    ? null
    : html`<p class="muted">
        ${t.title}:
        <a id="sending-mode-link" href=${linkTo('sending-mode')}
          >${t.modes[data.sendingMode] ?? data.sendingMode}</a
        >
      </p>`;
}
