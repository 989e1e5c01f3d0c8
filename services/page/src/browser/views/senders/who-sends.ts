/** Which sender a mail gets from what an application names, and everything that was looked for on the way. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import type { SenderResolution } from '../../api/operations.ts';
import { useAction } from '../../parts/action.ts';
import { html, Notice, ProblemNotice } from '../../parts/elements.ts';
import { TextField } from '../../parts/fields.ts';
import { linkTo } from '../../router.ts';
import { mailTexts } from '../mails/texts.ts';
import { senderTexts } from './texts.ts';

const keys = ['employee', 'department', 'branch', 'purpose'] as const;
type Keys = { readonly [Key in (typeof keys)[number]]?: string };

export function WhoSends(): VNode {
  const t = senderTexts();
  const [entered, setEntered] = useState<Keys>({});
  const [answer, setAnswer] = useState<SenderResolution>();
  const { problem, run } = useAction(async () => {
    const query = Object.fromEntries(
      keys.map((key) => [key, entered[key]?.trim() ?? '']).filter(([, value]) => value !== ''),
    );
    setAnswer(await call('GET /v1/senders/resolve', { query }));
  });
  return html`<form class="card" id="who-sends" onSubmit=${run} novalidate>
    <h2>${t.who}</h2>
    <p class="muted">${t.whoHelp}</p>
    ${keys.map(
      (key) =>
        html`<${TextField}
          key=${key}
          id=${`who-${key}`}
          label=${t.keys[key]}
          value=${entered[key] ?? ''}
          onInput=${(value: string) => setEntered((now) => ({ ...now, [key]: value }))}
        />`,
    )}
    <div class="actions"><button type="submit">${t.find}</button></div>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    ${answer !== undefined && html`<${Answer} answer=${answer} />`}
  </form>`;
}

function Answer({ answer }: { answer: SenderResolution }): VNode {
  const t = senderTexts();
  const { rule, from, sender, tried } = answer;
  const ruleName = (name: string): string => mailTexts().senderRules[name] ?? name;
  const shown = from === null ? t.noSender : `${from.name ?? ''} <${from.address}>`.trim();
  return html`<${Notice} tone=${from === null ? 'warn' : 'info'} role="status">
    <p id="who-answer">
      <strong>${sender === null ? shown : html`<a href=${linkTo('senders', sender.id)}>${shown}</a>`}</strong>
    </p>
    <p class="muted">${t.by(ruleName(rule))}</p>
    <ul>
      ${tried.map(
        ({ rule: one, key, branch, result }) =>
          html`<li key=${`${one} ${key}`}>
            ${ruleName(one)} ${key}${branch === null ? '' : ` · ${branch}`}: ${t.results[result] ?? result}
          </li>`,
      )}
    </ul>
  <//>`;
}
