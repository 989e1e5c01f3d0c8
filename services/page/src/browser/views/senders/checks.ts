/** Whether the mail server accepts the senders: what is known of each, and the checks that find it out. */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call } from '../../api/client.ts';
import { useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { SenderCheck, SenderView } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { formatInstant, sentence } from '../../i18n.ts';
import { announce, Badge, CopyButton, html, Notice, ProblemNotice, type Tone } from '../../parts/elements.ts';
import { senderTexts } from './texts.ts';

type Known = SenderView['check'];

const tones: Readonly<Record<Known['state'], Tone | 'quiet'>> = {
  verified: 'good',
  refused: 'bad',
  unverified: 'quiet',
  outdated: 'warn',
};

/** The state of a sender, and when it was found out. */
export function CheckBadge({ check }: { check: Known }): VNode {
  const t = senderTexts();
  const { state, checkedAt } = check;
  return html`<span data-check=${state}>
    <${Badge} tone=${tones[state]}>${t.checkStates[state]}<//>
    ${checkedAt !== null && html` <span class="muted">${formatInstant(checkedAt)}</span>`}
  </span>`;
}

/** What somebody should do about a sender; undefined: nothing. */
export function whatToDo({ state, verdict, failure }: Known): string | undefined {
  const t = senderTexts();
  if (failure !== null) return sentence(failure);
  if (state === 'outdated') return t.checkAgain;
  if (state === 'verified') return undefined;
  return verdict === null ? t.notChecked : t.acceptedOnly;
}

const pollMs = 1_000;

/** Follows a check by its events, and by polling in case an event is lost. */
function useRunningCheck(check: SenderCheck | undefined, show: (check: SenderCheck) => void): void {
  const t = senderTexts();
  const load = async (): Promise<void> => {
    if (check?.state !== 'running') return;
    const data = await call('GET /v1/sender-checks/{id}', { path: { id: check.id } });
    show(data);
    if (data.state !== 'running') announce(t.checkEnd(data));
  };
  const reload = useCalm(() => void load().catch(() => undefined));
  useLive(['sender-checked'], reload);
  useEffect(() => {
    if (check?.state !== 'running') return undefined;
    const timer = setInterval(reload, pollMs);
    return () => clearInterval(timer);
  }, [check?.id, check?.state]);
}

interface Starting {
  readonly problem: ApiProblem | undefined;
  readonly isRunning: boolean;
  readonly start: () => void;
}

function useStart(
  request: () => Promise<SenderCheck>,
  check: SenderCheck | undefined,
  show: (check: SenderCheck) => void,
): Starting {
  const [problem, setProblem] = useState<ApiProblem>();
  const [isStarting, setStarting] = useState(false);
  useRunningCheck(check, show);
  const start = async (): Promise<void> => {
    setProblem(undefined);
    setStarting(true);
    try {
      show(await request());
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setStarting(false);
    }
  };
  return { problem, isRunning: isStarting || check?.state === 'running', start: () => void start() };
}

/** Checks all senders. A check that runs is shown whoever has started it, also after the page was loaded again. */
export function CheckAll(): VNode | false {
  const t = senderTexts();
  const latest = async (): Promise<SenderCheck | undefined> =>
    (await call('GET /v1/sender-checks', {})).items.find(({ total }) => total !== 1);
  const isShown = may('connection:test');
  const { data, set } = useLoaded('sender checks', async () => ({
    check: isShown ? await latest() : undefined,
  }));
  const check = data?.check;
  const { problem, isRunning, start } = useStart(
    () => call('POST /v1/sender-checks', { body: {} }),
    check,
    (next) => set({ check: next }),
  );
  return (
    isShown &&
    html`<section class="card" id="sender-checks" aria-labelledby="sender-checks-title">
      <h2 id="sender-checks-title">${t.checks}</h2>
      <p class="muted">${t.checksHelp} ${may('mail:send') ? t.checksMail : t.checksNoMail}</p>
      <div class="actions">
        <button type="button" id="check-all" disabled=${isRunning} onClick=${start}>
          ${isRunning ? t.checking : t.checkAll}
        </button>
      </div>
      ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
      ${check !== undefined && html`<${Progress} check=${check} />`}
    </section>`
  );
}

function Progress({ check }: { check: SenderCheck }): VNode {
  const t = senderTexts();
  const { state, total, checked, requestedAt, requestedBy } = check;
  return html`<div id="check-progress" data-state=${state}>
    <progress max=${Math.max(total, 1)} value=${total === 0 ? 1 : checked} aria-label=${t.checkAll} />
    <p>${state === 'running' ? t.checkedOf(checked, total) : t.checkEnd(check)}</p>
    <p class="muted">${t.startedBy(formatInstant(requestedAt), requestedBy)}</p>
  </div>`;
}

/** What is known of one sender, and a button to find it out. */
export function CheckOne({ sender: { id, version, check: before } }: { sender: SenderView }): VNode {
  const t = senderTexts();
  const { data, reload } = useLoaded(
    `sender check ${id} ${version}`,
    async () => (await call('GET /v1/senders/{id}', { path: { id } })).check,
  );
  const known = data ?? before;
  const [check, setCheck] = useState<SenderCheck>();
  const show = (next: SenderCheck): void => {
    setCheck(next);
    if (next.state !== 'running') reload();
  };
  const { problem, isRunning, start } = useStart(
    () => call('POST /v1/senders/{id}/checks', { path: { id }, body: {} }),
    check,
    show,
  );
  useLive(['sender-checked', 'settings-changed'], useCalm(reload));
  const todo = whatToDo(known);
  const tone = known.state === 'refused' ? 'bad' : 'info';
  return html`<section class="card" id="sender-check" aria-labelledby="sender-check-title">
    <h2 id="sender-check-title">${t.checks}</h2>
    <p><${CheckBadge} check=${known} /></p>
    ${todo !== undefined && html`<${Notice} tone=${tone}><p>${todo}</p><//>`}
    ${known.reply !== null && html`<p class="muted">${known.reply}</p>`}
    ${known.remedy !== null && html`<${Remedy} line=${known.remedy} />`}
    <p class="muted">${t.checksHelp} ${may('mail:send') ? t.checksMail : t.checksNoMail}</p>
    ${
      may('connection:test') &&
      html`<div class="actions">
        <button type="button" id="check-sender" disabled=${isRunning} onClick=${start}>
          ${isRunning ? t.checking : t.checkOne}
        </button>
      </div>`
    }
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
  </section>`;
}

function Remedy({ line }: { line: string }): VNode {
  const t = senderTexts();
  const shown = useRef<HTMLTextAreaElement>(null);
  return html`<div class="field">
    <label for="remedy">${t.remedy}</label>
    <textarea id="remedy" ref=${shown} readonly rows="2" value=${line} />
    <div class="actions"><${CopyButton} text=${line} shown=${shown} /></div>
  </div>`;
}
