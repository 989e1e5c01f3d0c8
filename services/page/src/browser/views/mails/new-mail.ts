import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { TextField } from '../../parts/controls.ts';
import { controlProps, Field } from '../../parts/field.ts';
import { problemFindings, ProblemNotice, ViewTitle } from '../../parts/notices.ts';
import { goTo, linkTo } from '../../router.ts';
import { mailTexts } from './texts.ts';

/** A simple mail, to see what becomes of it. */
export function NewMailView(): VNode {
  const t = mailTexts();
  const [to, setTo] = useState('');
  const [subject, setSubject] = useState(t.defaultSubject);
  const [text, setText] = useState(t.defaultText);
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  // The same attempt to send is the same mail, also when the answer is lost and somebody clicks again.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const addresses = to.split(/[,;\s]+/).filter((address) => address !== '');
      const { data } = await call('sendMail', {
        headers: { 'idempotency-key': `${idempotencyKey}` },
        body: { to: addresses.map((address) => ({ address })), subject, text },
      });
      goTo('mails', data.id);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const textField = { id: 'mail-text', label: t.text, findings: problemFindings(problem, '/text') };
  return html`
    <p><a href=${linkTo('mails')}>← ${common().mails}</a></p>
    <${ViewTitle}>${t.newTitle}<//>
    <p class="lead">${t.newIntro}</p>
    <form class="card" onSubmit=${(event: Event) => void send(event)} novalidate>
      ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
      <${TextField}
        id="mail-to"
        label=${t.to}
        value=${to}
        onInput=${setTo}
        inputmode="email"
        findings=${problemFindings(problem, '/to')}
      />
      <${TextField}
        id="mail-subject"
        label=${t.subject}
        value=${subject}
        onInput=${setSubject}
        findings=${problemFindings(problem, '/subject')}
      />
      <${Field} ...${textField}>
        <textarea
          ...${controlProps(textField)}
          rows="6"
          value=${text}
          onInput=${(event: Event) => setText((event.target as HTMLTextAreaElement).value)}
        ></textarea>
      <//>
      <div class="actions"><button type="submit" class="primary" disabled=${isBusy}>${t.send}</button></div>
    </form>
  `;
}
