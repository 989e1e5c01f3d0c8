import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { call, ifMatch } from '../../api/client.ts';
import type { OutgoingServerPatch, OutgoingServerView } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatInstant, sentence, texts } from '../../i18n.ts';
import { type Resource, useEditing } from '../../parts/editing.ts';
import {
  announce,
  Badge,
  html,
  Loading,
  Notice,
  ProblemNotice,
  type Tone,
  ViewTitle,
} from '../../parts/elements.ts';
import { serverFields } from '../../parts/form-values.ts';
import { FindingList, SettingsForm } from '../../parts/settings-form.ts';
import { SendingModeLink } from '../sending-mode/sending-mode.ts';
import { TestMailboxOffer } from '../test-mailbox/test-mailbox.ts';
import { type TestCalls, TestPanel } from '../connection-test/panel.ts';
import { expectedSteps } from '../connection-test/steps.ts';
import { serverTexts } from './texts.ts';

const path = { id: 'default' };

const outgoingServer: Resource<OutgoingServerView> = {
  key: 'server',
  fields: serverFields,
  events: ['settings-changed', 'settings-applied', 'mailer-started', 'mailer-stopped'],
  load: async () => await call('GET /v1/outgoing-servers/{id}', { path }),
  save: async (patch, version, reason) =>
    await call('PATCH /v1/outgoing-servers/{id}', {
      path,
      query: { reason },
      headers: ifMatch(version),
      body: patch as OutgoingServerPatch,
    }),
};

const serverTests: TestCalls = {
  key: 'server',
  start: async (body) => await call('POST /v1/outgoing-servers/{id}/connection-tests', { path, body }),
  find: async (testId) =>
    await call('GET /v1/outgoing-servers/{id}/connection-tests/{testId}', { path: { ...path, testId } }),
  list: async (limit) =>
    (await call('GET /v1/outgoing-servers/{id}/connection-tests', { path, query: { limit } })).items,
};

/** The settings of the outgoing mail server. */
export function ServerView(): VNode {
  const { loaded, editing } = useEditing(outgoingServer);
  const { data: view, problem, reload } = loaded;
  const t = serverTexts();
  const form = editing?.edited.form ?? {};
  return html`
    <${ViewTitle}>${common().server}<//>
    <p class="lead">${t.intro}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${editing === undefined && problem === undefined && html`<${Loading} />`}
    ${
      editing !== undefined &&
      html`
        <${TestMailboxOffer}
          isUsed=${view?.serverType === 'test-mailbox'}
          version=${view?.version}
          onChange=${reload}
        />
        <${SendingModeLink} />
        <${SavedState} view=${view} savedVersion=${editing.savedVersion} />
        <${SettingsForm} editing=${editing} warnings=${form['/enabled'] === true ? [] : view?.warnings} />
        ${
          may('connection:test') &&
          html`<${TestPanel}
            calls=${serverTests}
            expected=${form['/serverType'] === 'exchange' ? expectedSteps.graph : expectedSteps.smtp}
            editing=${editing}
            trusted=${(id: string) => editing.change({ '/smtp/trustedCertificateId': id })}
          />`
        }
      `
    }
  `;
}

interface SavedStateInput {
  readonly view: OutgoingServerView;
  readonly savedVersion: number | undefined;
}

function SavedState({ view, savedVersion }: SavedStateInput): VNode {
  const t = serverTexts();
  const { version, updatedBy, updatedAt, applied, warnings, enabled } = view;
  return html`
    <div class="state-line">
      <p class="muted">
        ${version === 0 ? t.never : t.savedBy(version, updatedBy ?? '', formatInstant(updatedAt))}
      </p>
      <${ApplyState} applied=${applied} isNew=${savedVersion === version} />
    </div>
    ${
      !enabled &&
      warnings.length > 0 &&
      html`<${Notice} tone="warn"
        ><p>${t.warnings}</p>
        <${FindingList} findings=${warnings} fields=${serverFields}
      /><//>`
    }
  `;
}

const applyTexts = texts({
  de: {
    applied: (version: number, all: number) => `Version ${version} ist aktiv (${all} Mailer)`,
    pending: (version: number, done: number, all: number) =>
      `Version ${version} wird übernommen: ${done} von ${all}`,
    failed: (version: number, all: number) =>
      `Version ${version} konnte nicht${all === 1 ? '' : ' überall'} übernommen werden`,
    noMailer: (version: number) =>
      `Version ${version} ist gespeichert; es läuft kein Mailer, der sie übernimmt`,
    serves: (version: number) => `Version ${version} sendet weiter.`,
    servesNothing: 'Bis dahin warten alle E-Mails.',
    saved: (version: number) => `Version ${version} gespeichert`,
  },
  en: {
    applied: (version: number, all: number) =>
      `Version ${version} is active (${all} ${all === 1 ? 'mailer' : 'mailers'})`,
    pending: (version: number, done: number, all: number) =>
      `Version ${version} is being applied: ${done} of ${all}`,
    failed: (version: number, all: number) =>
      `Version ${version} could not be applied${all === 1 ? '' : ' everywhere'}`,
    noMailer: (version: number) => `Version ${version} is saved, but no mailer is running to apply it`,
    serves: (version: number) => `Version ${version} continues to send.`,
    servesNothing: 'All mail waits until then.',
    saved: (version: number) => `Version ${version} saved`,
  },
});

type ApplyStatus = OutgoingServerView['applied'];

const tones: Readonly<Record<ApplyStatus['state'], Tone>> = {
  applied: 'good',
  pending: 'info',
  failed: 'bad',
  'no-mailer': 'warn',
};

function summary({ state, version, mailers }: ApplyStatus): string {
  const done = mailers.filter((mailer) => mailer.state === 'applied' && mailer.version >= version).length;
  switch (state) {
    case 'applied':
      return applyTexts().applied(version, mailers.length);
    case 'pending':
      return applyTexts().pending(version, done, mailers.length);
    case 'failed':
      return applyTexts().failed(version, mailers.length);
    case 'no-mailer':
      return applyTexts().noMailer(version);
    default:
      return state satisfies never;
  }
}

/** Instead of a restart: which mailers use the version, why others do not, and which version they use meanwhile. */
function ApplyState({ applied, isNew }: { applied: ApplyStatus; isNew: boolean }): VNode {
  const text = summary(applied);
  useEffect(() => {
    if (isNew) announce(`${applyTexts().saved(applied.version)}. ${text}`);
  }, [isNew, text]);
  const failed = applied.mailers.filter(({ state }) => state === 'failed');
  return html`<div class="apply" data-state=${applied.state}>
    ${applied.version > 0 && html`<${Badge} tone=${tones[applied.state]}>${text}<//>`}
    ${failed.map(
      ({ id, failure, servingVersion }) =>
        html`<p class="finding" key=${id}>
          <strong>${id}</strong>: ${failure === null ? '' : sentence(failure)} ${failure?.detail ?? ''}
          ${' '}${servingVersion === null ? applyTexts().servesNothing : applyTexts().serves(servingVersion)}
        </p>`,
    )}
  </div>`;
}
