import type { VNode } from 'preact';
import { call } from '../../api/client.ts';
import type { ExchangeConnectionView } from '../../api/operations.ts';
import { html } from '../../html.ts';
import { common } from '../../i18n/common-texts.ts';
import { formatDate } from '../../i18n/format.ts';
import { useLive } from '../../live.ts';
import { Badge, Empty, Loading, ProblemNotice, ViewTitle } from '../../parts/notices.ts';
import { linkTo } from '../../router.ts';
import { may } from '../../session.ts';
import { useCalm, useLoaded } from '../../use-loaded.ts';
import { exchangeTexts } from './texts.ts';

/** The connections, and whether they are used. */
export function ExchangeConnections(): VNode {
  const t = exchangeTexts();
  const load = async () => (await call('listExchangeConnections', {})).data.items;
  const { data, problem, reload } = useLoaded('exchange', load);
  useLive(['exchange-connection-changed', 'settings-changed', 'settings-applied'], useCalm(reload));
  const create =
    may('settings:write') &&
    html`<a class="button primary" href=${linkTo('exchange', 'new')}>${t.create}</a>`;
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

function Row({ connection }: { connection: ExchangeConnectionView }): VNode {
  const t = exchangeTexts();
  const { id, name, email, protocol, usedBy, clientSecretExpiresAt, warnings } = connection;
  return html`<li>
    <a class="mail-row" href=${linkTo('exchange', id)}>
      <span class="mail-main">
        <strong class="clip">${name}</strong>
        <span class="muted clip">${t.choices['/protocol']?.[protocol] ?? protocol} · ${email ?? '–'}</span>
        ${clientSecretExpiresAt !== null && html`<span class="muted">${t.expires(formatDate(clientSecretExpiresAt))}</span>`}
      </span>
      <span class="mail-end">
        ${warnings.length > 0 && html`<${Badge} tone="warn">${common().findings(warnings.length)}<//>`}
        <${Badge} tone=${usedBy.length > 0 ? 'good' : 'quiet'}>${usedBy.length > 0 ? t.usedBy : t.unused}<//>
      </span>
    </a>
  </li>`;
}
