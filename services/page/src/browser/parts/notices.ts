import type { VNode } from 'preact';
import { type ApiProblem, type Finding, problemText } from '../api/problem.ts';
import { type Child, html } from '../html.ts';
import { common } from '../i18n/common-texts.ts';

export type Tone = 'info' | 'good' | 'warn' | 'bad';

export function Notice({
  tone = 'info',
  children,
  role,
}: {
  tone?: Tone;
  children?: Child;
  role?: string;
}): VNode {
  return html`<div class="notice ${tone}" role=${role}>${children}</div>`;
}

export function ProblemNotice({ problem, retry }: { problem: ApiProblem; retry?: () => void }): VNode {
  const tone = problem.code === 'offline' ? 'warn' : 'bad';
  return html`<${Notice} tone=${tone} role="alert">
    <p>${problemText(problem)}</p>
    ${retry !== undefined && html`<button type="button" class="quiet" onClick=${retry}>${common().again}</button>`}
  <//>`;
}

export function Badge({ tone = 'info', children }: { tone?: Tone | 'quiet'; children?: Child }): VNode {
  return html`<span class="badge ${tone}">${children}</span>`;
}

export function Loading(): VNode {
  return html`<p class="loading" role="status">${common().loading}</p>`;
}

export function Empty({ title, children }: { title: string; children?: Child }): VNode {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    ${children}
  </div>`;
}

/** A heading that takes the focus when its view opens, so that a screen reader begins there. */
export function ViewTitle({ children, aside }: { children?: Child; aside?: Child }): VNode {
  return html`<div class="view-title">
    <h1 id="view-title" tabindex="-1">${children}</h1>
    ${aside}
  </div>`;
}

/** The findings of a problem at one value. */
export function problemFindings(problem: ApiProblem | undefined, pointer: string): readonly Finding[] {
  return (problem?.findings ?? []).filter(
    (finding) => finding.pointer === pointer || finding.pointer.startsWith(`${pointer}/`),
  );
}
