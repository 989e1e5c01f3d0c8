/** How the test mailbox misbehaves, as a form. The texts of the fields become numbers and lists when they are sent. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import type { TestMailboxBehavior } from '../../api/operations.ts';
import { useAction } from '../../parts/action.ts';
import { announce, html, ProblemNotice } from '../../parts/elements.ts';
import { fieldAt, SelectField, TextField } from '../../parts/fields.ts';
import { testMailboxTexts } from './texts.ts';

interface Entered {
  readonly rejectRecipients: string;
  readonly deferRecipients: string;
  readonly delaySeconds: string;
  readonly afterMessage: TestMailboxBehavior['afterMessage'];
}

const listOf = (text: string): string[] => text.split(/[,;\s]+/).filter((entry) => entry !== '');

function behaviorOf({
  rejectRecipients,
  deferRecipients,
  delaySeconds,
  afterMessage,
}: Entered): TestMailboxBehavior {
  return {
    rejectRecipients: listOf(rejectRecipients),
    deferRecipients: listOf(deferRecipients),
    delaySeconds: Number(delaySeconds),
    afterMessage,
  };
}

function enteredOf({
  rejectRecipients,
  deferRecipients,
  delaySeconds,
  afterMessage,
}: TestMailboxBehavior): Entered {
  return {
    rejectRecipients: rejectRecipients.join(', '),
    deferRecipients: deferRecipients.join(', '),
    delaySeconds: String(delaySeconds),
    afterMessage,
  };
}

interface BehaviorInput {
  readonly saved: TestMailboxBehavior;
  readonly done: () => void;
}

export function BehaviorForm({ saved, done }: BehaviorInput): VNode {
  const t = testMailboxTexts();
  const [entered, setEntered] = useState(() => enteredOf(saved));
  const { problem, run } = useAction(async () => {
    await call('PUT /v1/test-mailbox/behavior', { body: behaviorOf(entered) });
    announce(t.applied);
    done();
  });
  const field = <Name extends keyof Entered>(name: Name) => ({
    id: `test-${name}`,
    label: t[name],
    value: entered[name],
    onInput: (value: Entered[Name]) => setEntered({ ...entered, [name]: value }),
    ...fieldAt(problem, `/${name}`),
  });
  const replies = Object.entries(t.replies).map(([value, label]) => ({ value, label }));
  return html`<form class="card" id="test-behavior" onSubmit=${run} novalidate>
    <h2>${t.behavior}</h2>
    <p class="muted">${t.behaviorHelp}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <${TextField} help=${t.listHelp} ...${field('rejectRecipients')} />
    <${TextField} help=${t.listHelp} ...${field('deferRecipients')} />
    <${TextField} size="short" inputmode="numeric" ...${field('delaySeconds')} />
    <${SelectField} options=${replies} ...${field('afterMessage')} />
    <div class="actions"><button type="submit">${t.apply}</button></div>
  </form>`;
}
