import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call, ifMatch } from '../../api/client.ts';
import { type Loaded, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { CertificateView } from '../../api/operations.ts';
import { may } from '../../api/session.ts';
import { common, formatDate, formatDaysLeft, sentence } from '../../i18n.ts';
import { useAction } from '../../parts/action.ts';
import {
  announce,
  Badge,
  Empty,
  html,
  Loading,
  ProblemNotice,
  type Tone,
  ViewTitle,
  RemoveDialog,
} from '../../parts/elements.ts';
import { fieldAt, TextField } from '../../parts/fields.ts';
import { certificateFields } from '../../parts/form-values.ts';
import { captionOf, showValue } from '../../parts/setting-values.ts';
import { linkTo } from '../../router.ts';
import { ImportForm, IssuedForm, RecipientImport } from './import.ts';
import { mayCreateKeys, SigningRequest } from './new-key.ts';
import { certificateTexts, keyTexts } from './texts.ts';

type List = Loaded<readonly CertificateView[]>;

/** Own and trusted certificates, each with its expiry. */
export function CertificatesView(): VNode {
  const load = async () =>
    (await call('GET /v1/certificates', {})).items.filter(({ kind }) => kind !== 'recipient');
  const list = useLoaded('certificates', load);
  const create =
    mayCreateKeys() && html`<a class="button" href=${linkTo('certificates', 'new')}>${keyTexts().newKey}</a>`;
  return html`
    <${ViewTitle} aside=${create}>${common().certificates}<//>
    <p class="lead">${certificateTexts().intro}</p>
    ${may('settings:write') && html`<${ImportForm} done=${list.reload} />`}
    <${CertificateList} list=${list} empty=${certificateTexts().empty} />
  `;
}

/** The certificates of recipients, which mail is encrypted with. */
export function RecipientCertificatesView(): VNode {
  const load = async () => (await call('GET /v1/recipient-certificates', {})).items;
  const list = useLoaded('recipients', load);
  return html`
    <${ViewTitle}>${common().recipientCertificates}<//>
    <p class="lead">${certificateTexts().recipientIntro}</p>
    ${may('settings:write') && html`<${RecipientImport} done=${list.reload} />`}
    <${CertificateList} list=${list} empty=${certificateTexts().emptyRecipients} />
  `;
}

function CertificateList({ list, empty }: { list: List; empty: string }): VNode {
  const { data, problem, reload } = list;
  useLive(['certificate-changed', 'settings-changed'], useCalm(reload));
  return html`
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data?.length === 0 && html`<${Empty} title=${empty} />`}
    <ul class="rows certificates">
      ${data?.map((one) => html`<${CertificateRow} key=${one.id} certificate=${one} done=${reload} />`)}
    </ul>
  `;
}

function toneOf(daysLeft: number): Tone {
  if (daysLeft < 0) return 'bad';
  return daysLeft <= 60 ? 'warn' : 'good';
}

function CertificateRow({ certificate, done }: { certificate: CertificateView; done: () => void }): VNode {
  const t = certificateTexts();
  const [isRemoving, setRemoving] = useState(false);
  const { id, version, name, kind, details, daysLeft, warnings, usedBy, signingRequest } = certificate;
  const isUsed = usedBy.length > 0;
  const remove = async (): Promise<void> => {
    await call('DELETE /v1/certificates/{id}', { path: { id }, headers: ifMatch(version) });
    done();
  };
  return html`<li>
    <details>
      <summary class="certificate-summary">
        <strong>${name}</strong>
        <span class="muted">${showValue(certificateFields, '/kind', kind)}</span>
        ${daysLeft === null ? html`<${Badge}>${t.requested}<//>` : html`<${Badge} tone=${toneOf(daysLeft)}>${formatDaysLeft(daysLeft)}<//>`}
        ${isUsed && html`<${Badge} tone="quiet">${t.usedBy}<//>`}
      </summary>
      ${warnings.map((warning) => html`<p class="warning" key=${warning.code}>${sentence(warning.message)}</p>`)}
      ${
        details !== null &&
        html`<dl class="facts">
          <dt>${t.subject}</dt>
          <dd>${details.subject}</dd>
          <dt>${t.issuer}</dt>
          <dd>${details.issuer}</dd>
          <dt>${t.addresses}</dt>
          <dd>${[...details.addresses, ...details.dnsNames, ...details.ipAddresses].join(', ') || '–'}</dd>
          <dt>${t.valid}</dt>
          <dd>${formatDate(details.validFrom)} – ${formatDate(details.validTo)}</dd>
          <dt>${t.fingerprint}</dt>
          <dd><code>${details.fingerprintSha256}</code></dd>
        </dl>`
      }
      ${
        signingRequest !== null &&
        html`<${SigningRequest} certificate=${certificate} />
          ${may('settings:write') && html`<${IssuedForm} certificate=${certificate} done=${done} />`}`
      }
      ${
        may('settings:write') &&
        html`<${NameForm} certificate=${certificate} done=${done} />
          <div class="actions">
            <button type="button" class="danger" onClick=${() => setRemoving(true)}>${t.remove}</button>
          </div>`
      }
    </details>
    ${
      isRemoving &&
      html`<${RemoveDialog}
        title=${t.removeTitle(name)}
        text=${isUsed ? t.inUse : t.removeText}
        remove=${isUsed ? undefined : remove}
        onClose=${() => setRemoving(false)}
      />`
    }
  </li>`;
}

interface NameInput {
  readonly certificate: CertificateView;
  readonly done: () => void;
}

/** Only the name of a certificate can be changed. */
function NameForm({ certificate: { id, name, version }, done }: NameInput): VNode {
  const t = certificateTexts();
  const [entered, setEntered] = useState(name);
  const { problem, run } = useAction(async () => {
    const headers = ifMatch(version);
    await call('PATCH /v1/certificates/{id}', { path: { id }, headers, body: { name: entered.trim() } });
    announce(t.renamed);
    done();
  });
  return html`<form class="rename" onSubmit=${run} novalidate>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    <${TextField}
      id="name-${id}"
      ...${captionOf(certificateFields, '/name')}
      ...${fieldAt(problem, '/name')}
      value=${entered}
      onInput=${setEntered}
    />
    <div class="actions"><button type="submit" disabled=${entered.trim() === name}>${t.rename}</button></div>
  </form>`;
}
