/*
 * Mails that a person has chosen in the list, and one verb for all of them. The choice is some rows of the page, or all mails
 * that the search has found. The service carries the verb out; its progress is in the address, so a reload shows it again.
 */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { problems } from '#forms';
import { type ApiProblem, asProblem, call } from '../../api/client.ts';
import { mailEvents, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { MailAction, MailActionStatus } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatCount, sentence } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import { announce, Dialog, html, Notice, ProblemNotice } from '../../parts/elements.ts';
import { TextField } from '../../parts/fields.ts';
import { selectionTexts } from './selection-texts.ts';
import type { Verb } from './texts.ts';

/** Ids of mails of the page, or all mails that the search has found. */
export type Chosen = ReadonlySet<string> | 'all';

export const nobody: Chosen = new Set();

/** The verbs that can have an effect in the states of a tab. */
const verbsOfTab: Readonly<Record<string, readonly Verb[]>> = {
  all: ['resend', 'hold', 'release', 'cancel'],
  waiting: ['hold', 'cancel'],
  held: ['release', 'cancel'],
  failed: ['resend'],
  unknown: ['resolve-sent', 'resolve-not-sent'],
};

const asked: Readonly<Record<Verb, Pick<MailAction, 'verb' | 'outcome'>>> = {
  resend: { verb: 'resend' },
  hold: { verb: 'hold' },
  release: { verb: 'release' },
  cancel: { verb: 'cancel' },
  'resolve-sent': { verb: 'resolve', outcome: 'sent' },
  'resolve-not-sent': { verb: 'resolve', outcome: 'not-sent' },
};

/** Whether a person can do anything with the mails of a tab. */
export const canChoose = (tab: string): boolean => may('mail:manage') && verbsOfTab[tab] !== undefined;

interface SelectionBarInput {
  readonly tab: string;
  /** The mails of the page. */
  readonly ids: readonly string[];
  readonly chosen: Chosen;
  readonly choose: (chosen: Chosen) => void;
  /** How many mails the search has found; undefined while that is not known. */
  readonly total: number | undefined;
  /** Whether there may be more. */
  readonly isMore: boolean;
  /** The mails that are chosen, as the API names them. */
  readonly filter: MailAction['filter'];
  readonly started: (id: string) => void;
}

/** The line over the list. It is always there, so that no row moves when one is chosen. */
export function SelectionBar(input: SelectionBarInput): VNode {
  const { tab, ids, chosen, choose, total, isMore, filter, started } = input;
  const t = selectionTexts();
  const [verb, setVerb] = useState<Verb>();
  const count = chosen === 'all' ? total : chosen.size;
  const all = total === undefined ? '' : `${formatCount(total)}${isMore ? '+' : ''}`;
  const isWhole = chosen === 'all' || (ids.length > 0 && ids.every((id) => chosen.has(id)));
  const hasMore = chosen !== 'all' && isWhole && (isMore || (total ?? 0) > ids.length);
  return html`<div class="selection" role="group" aria-label=${t.label}>
    <label class="check">
      <input
        type="checkbox"
        id="select-page"
        checked=${isWhole}
        onChange=${() => choose(isWhole ? nobody : new Set(ids))}
      />
      <span>${t.page}</span>
    </label>
    ${
      count !== 0 &&
      html`<strong id="selected">${chosen === 'all' ? t.allSelected(all) : t.selected(chosen.size)}</strong>`
    }
    ${hasMore && html`<button type="button" class="link" id="select-all" onClick=${() => choose('all')}>${t.all(all)}</button>`}
    ${count !== 0 && html`<button type="button" class="link" id="select-none" onClick=${() => choose(nobody)}>${t.none}</button>`}
    <span class="selection-verbs">
      ${(verbsOfTab[tab] ?? []).map(
        (one) =>
          html`<button
            type="button"
            key=${one}
            id=${`bulk-${one}`}
            class=${one === 'cancel' ? 'danger' : ''}
            disabled=${count === 0}
            onClick=${() => setVerb(one)}
          >
            ${t.verbs[one]} …
          </button>`,
      )}
    </span>
    ${verb !== undefined && html`<${VerbDialog} verb=${verb} filter=${filter} chosen=${isMore && chosen === 'all' ? undefined : count} onClose=${() => setVerb(undefined)} started=${started} />`}
  </div>`;
}

interface VerbDialogInput {
  readonly verb: Verb;
  readonly filter: MailAction['filter'];
  /** How many mails are chosen, where that is known exactly. */
  readonly chosen: number | undefined;
  readonly onClose: () => void;
  readonly started: (id: string) => void;
}

/** Counts what the verb is about, and asks. */
function VerbDialog({ verb, filter, chosen, onClose, started }: VerbDialogInput): VNode {
  const t = selectionTexts();
  const [reason, setReason] = useState('');
  const [matched, setMatched] = useState<number>();
  const [uncounted, setUncounted] = useState<ApiProblem>();
  // A second click starts no second action, even if the first answer was lost.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const action: MailAction = { ...asked[verb], filter };
  useEffect(() => {
    call('POST /v1/mails/actions', { body: { ...action, dryRun: true } }).then(
      (counted) => setMatched(counted.matched),
      (error: unknown) => setUncounted(asProblem(error)),
    );
  }, []);
  const { problem, isBusy, run } = useAction(async () => {
    const why = reason.trim() === '' ? {} : { reason: reason.trim() };
    const { id } = await call('POST /v1/mails/actions', {
      headers: { 'idempotency-key': idempotencyKey },
      body: { ...action, ...why },
    });
    onClose();
    if (id !== null) started(id);
  });
  const wrong = problem ?? uncounted;
  const left = chosen === undefined || matched === undefined ? 0 : chosen - matched;
  const label = matched === undefined ? t.verbs[verb] : t.confirm[verb](formatCount(matched), matched === 1);
  return html`<${Dialog} title=${t.verbs[verb]} onClose=${onClose}>
    <form onSubmit=${run}>
      <p>${t.explain[verb]}</p>
      <p id="bulk-count" role="status">
        ${matched === undefined ? (uncounted === undefined ? t.counting : '') : matched === 0 ? t.nothing : t.counted(matched)}
      </p>
      ${left > 0 && matched !== 0 && html`<p class="muted">${t.left(left)}</p>`}
      ${wrong !== undefined && html`<${ProblemNotice} problem=${wrong} />`}
      <${TextField}
        id="bulk-reason"
        label=${common().reason}
        help=${common().reasonHelp}
        value=${reason}
        onInput=${setReason}
      />
      <div class="actions">
        <button
          type="submit"
          id="bulk-confirm"
          class=${verb === 'cancel' ? 'danger' : 'primary'}
          disabled=${matched === undefined || matched === 0}
          aria-disabled=${isBusy ? 'true' : undefined}
        >
          ${label}
        </button>
        <button type="button" class="quiet" onClick=${onClose}>${t.back}</button>
      </div>
    </form>
  <//>`;
}

const lookAgainMs = 1_000;

interface ActionProgressInput {
  /** Empty: there is none. */
  readonly id: string;
  /** Whether it has just begun: then it gets the focus. */
  readonly isNew: boolean;
  /** Puts an action into the address; empty: none. */
  readonly show: (id: string) => void;
}

/** The action of the address; where it has none, the actions that are under way, since an address can be lost. */
export function ActionProgress(input: ActionProgressInput): VNode | null {
  if (input.id !== '') return html`<${OneAction} ...${input} />`;
  return may('mail:manage') ? html`<${RunningActions} show=${input.show} />` : null;
}

/** Looks again as long as something is under way. */
function useProgress<T>(key: string, load: () => Promise<T>, isUnderWay: (data: T) => boolean) {
  const { data, problem, reload } = useLoaded(key, load);
  const isRunning = data !== undefined && isUnderWay(data);
  useLive(
    mailEvents,
    useCalm(() => isRunning && reload(), lookAgainMs),
  );
  useEffect(() => {
    const timer = isRunning ? setTimeout(reload, lookAgainMs) : undefined;
    return () => clearTimeout(timer);
  }, [data]);
  return { data, problem, reload, isRunning };
}

const mostShown = 5;

/** The actions that are under way. Whoever cannot be told of them misses nothing else. */
function RunningActions({ show }: Pick<ActionProgressInput, 'show'>): VNode | null {
  const t = selectionTexts();
  const { data } = useProgress(
    'running actions',
    () => call('GET /v1/mails/actions', { query: { state: 'running', limit: mostShown } }),
    ({ items }) => items.length > 0,
  );
  if (data === undefined || data.items.length === 0) return null;
  return html`<div id="running-actions" role="region" aria-label=${t.underWay}>
    <${Notice} tone="info">
      <p><strong>${t.underWay}</strong></p>
      <ul>
        ${data.items.map(
          (action) =>
            html`<li key=${action.id}>
              <button type="button" class="link" onClick=${() => show(action.id)}>
                ${verbOf(action)}: ${runningText(action)}
              </button>
            </li>`,
        )}
      </ul>
    <//>
  </div>`;
}

/** How far an action is, until the person puts it away. */
function OneAction({ id, isNew, show }: ActionProgressInput): VNode | null {
  const t = selectionTexts();
  const { data, problem, reload, isRunning } = useProgress(
    `action ${id}`,
    () => call('GET /v1/mails/actions/{id}', { path: { id } }),
    ({ state }) => state === 'running',
  );
  const shown = useRef<HTMLDivElement>(null);
  const isShown = data !== undefined || problem !== undefined;
  useEffect(() => {
    if (isShown && isNew) shown.current?.focus();
  }, [isShown]);
  const before = useRef('');
  useEffect(() => {
    if (before.current === 'running' && data?.state === 'finished') announce(resultOf(data));
    before.current = data?.state ?? '';
  }, [data?.state]);
  if (!isShown) return null;
  const isUnknown = problem?.code === 'not-found';
  const tone = data === undefined ? 'warn' : isRunning ? 'info' : data.skipped > 0 ? 'warn' : 'good';
  return html`<div ref=${shown} id="action" tabindex="-1" role="region" aria-label=${t.action}>
    <${Notice} tone=${tone}>
      ${data !== undefined && html`<${Progress} action=${data} />`} ${isUnknown && html`<p>${t.unknown}</p>`}
      ${problem !== undefined && !isUnknown && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
      <button type="button" class="quiet" id="close-action" onClick=${() => show('')}>${t.close}</button>
    <//>
  </div>`;
}

const verbOf = ({ verb }: MailActionStatus): string => selectionTexts().done[verb] ?? verb;

const runningText = ({ matched, done, skipped }: MailActionStatus): string =>
  selectionTexts().running(formatCount(done + skipped), formatCount(matched));

const resultOf = (action: MailActionStatus): string => {
  const { matched, done, skipped } = action;
  return `${verbOf(action)}: ${selectionTexts().result(formatCount(done), formatCount(matched), skipped)}`;
};

function Progress({ action }: { action: MailActionStatus }): VNode {
  const t = selectionTexts();
  const { state, matched, done, skipped, reasons, reason, actor } = action;
  const handled = done + skipped;
  return html`
    ${
      state === 'running'
        ? html`<p><strong>${verbOf(action)}</strong> ${runningText(action)}</p>
            <progress aria-label=${t.action} max=${Math.max(matched, 1)} value=${handled}></progress>`
        : html`<p><strong>${resultOf(action)}</strong></p>`
    }
    ${reasons.map(({ code, count }) => html`<p key=${code}>${t.skipped(count)} ${skipText(code)}</p>`)}
    <p class="muted">${[actor, reason].filter((part) => part !== null).join(' · ')}</p>
  `;
}

/** Why a verb has left a mail as it was, in the current language. */
export function skipText(code: string): string {
  const own = selectionTexts().reasons[code];
  const known = Object.hasOwn(problems, code) ? problems[code] : undefined;
  return own ?? (known === undefined ? code : sentence(known));
}
