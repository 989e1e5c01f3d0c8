import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { useLoaded } from '../../api/live.ts';
import type { ApiKey } from '../../api/operations.ts';
import { type Scope, useSession } from '../../api/session.ts';
import { common, formatCount, formatDate, formatInstant } from '../../i18n.ts';
import {
  announce,
  Badge,
  Empty,
  html,
  Loading,
  Notice,
  ProblemNotice,
  ViewTitle,
  RemoveDialog,
} from '../../parts/elements.ts';
import { linkTo, type Route } from '../../router.ts';
import { newId } from '../resource/resource.ts';
import { NewApiKeyView } from './new-api-key.ts';
import { apiKeyTexts, presets, purposes, quotaNames } from './texts.ts';

const pageSize = 50;

const isExpired = ({ expiresAt }: ApiKey): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= Date.now();
const isUsable = (key: ApiKey): boolean => key.revokedAt === null && !isExpired(key);

/** Those that can be used come first, and of them the newest. */
async function loadKeys(): Promise<readonly ApiKey[]> {
  const { items } = await call('GET /v1/api-keys', {});
  const newest = items.toReversed();
  return [...newest.filter(isUsable), ...newest.filter((key) => !isUsable(key))];
}

/** The keys, one of them, or a new one. */
export function View({ route: [, id] }: { route: Route }): VNode {
  if (id === undefined) return html`<${ApiKeysView} />`;
  return id === newId ? html`<${NewApiKeyView} />` : html`<${ApiKeyView} id=${id} />`;
}

/** All API keys, the revoked ones included. */
function ApiKeysView(): VNode {
  const t = apiKeyTexts();
  const [count, setCount] = useState(pageSize);
  const { data, problem, reload } = useLoaded('api-keys', loadKeys);
  const create = html`<a class="button primary" href=${linkTo('keys', newId)}>${t.create}</a>`;
  return html`
    <${ViewTitle} aside=${create}>${common().access}<//>
    <p class="lead">${t.intro}</p>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${data?.length === 0 && html`<${Empty} title=${t.empty}><p>${t.emptyHelp}</p><//>`}
    <ul class="rows">
      ${data?.slice(0, count).map((one) => html`<${Row} key=${one.id} apiKey=${one} />`)}
    </ul>
    ${
      (data?.length ?? 0) > count &&
      html`<button type="button" onClick=${() => setCount(count + pageSize)}>${common().more}</button>`
    }
  `;
}

function Row({ apiKey }: { apiKey: ApiKey }): VNode {
  const t = apiKeyTexts();
  const { id, name, createdAt, lastUsedAt } = apiKey;
  const facts = [
    t.createdOn(formatDate(createdAt)),
    expiryOf(apiKey),
    lastUsedAt === null ? t.neverUsed : t.lastUsedOn(formatDate(lastUsedAt)),
  ];
  return html`<li>
    <a class="mail-row" href=${linkTo('keys', id)}>
      <span class="mail-main">
        <strong class="clip">${name}</strong>
        <span class="muted">${purposeOf(apiKey)}</span>
        <span class="muted">${facts.join(' · ')}</span>
      </span>
      <span class="mail-end"><${States} apiKey=${apiKey} /></span>
    </a>
  </li>`;
}

function States({ apiKey }: { apiKey: ApiKey }): VNode {
  const t = apiKeyTexts();
  return html`
    ${apiKey.bootstrap && html`<${Badge} tone="quiet">${t.bootstrap}<//>`}
    ${apiKey.revokedAt !== null && html`<${Badge} tone="bad">${t.revoked}<//>`}
    ${apiKey.revokedAt === null && isExpired(apiKey) && html`<${Badge} tone="warn">${t.expired}<//>`}
  `;
}

function expiryOf(apiKey: ApiKey): string {
  const t = apiKeyTexts();
  if (apiKey.expiresAt === null) return t.never;
  const when = formatDate(apiKey.expiresAt);
  return isExpired(apiKey) ? t.expiredOn(when) : t.expiresOn(when);
}

/** What a key may do. Those of an earlier version may do with all mail what they may do with their own. */
function scopesOf({ scopes, mailScopes }: ApiKey): readonly Scope[] {
  if (mailScopes === 'own') return scopes;
  const meant = scopes.map((scope) =>
    scope === 'mail:read' || scope === 'mail:manage' ? (`${scope}:all` as const) : scope,
  );
  return [...new Set(meant)];
}

/** The purpose whose scopes a key has; what it may do if there is none. */
function purposeOf(apiKey: ApiKey): string {
  const t = apiKeyTexts();
  const scopes = scopesOf(apiKey);
  const purpose = purposes.find((one) => {
    const preset = presets[one];
    return (
      preset.every((scope) => scopes.includes(scope)) &&
      (preset.length === scopes.length || one === 'everything')
    );
  });
  return purpose === undefined
    ? scopes.map((scope) => t.scopeTexts[scope].label).join(', ')
    : t.purposes[purpose].label;
}

/** One API key: what it may do, and its end. */
function ApiKeyView({ id }: { id: string }): VNode {
  const t = apiKeyTexts();
  const path = { keyId: id };
  const load = async () => await call('GET /v1/api-keys/{keyId}', { path });
  const { data, problem, reload } = useLoaded(`api-key ${id}`, load);
  const session = useSession();
  const [isRevoking, setRevoking] = useState(false);
  const isOwn = session.state === 'in' && session.me.kind === 'api-key' && session.me.id === id;
  const revoke = async (): Promise<void> => {
    await call('DELETE /v1/api-keys/{keyId}', { path });
    announce(t.revokeDone);
    reload();
  };
  const text = isOwn ? `${t.revokeText} ${t.revokeOwn}` : t.revokeText;
  return html`
    <p><a href=${linkTo('keys')}>← ${common().access}</a></p>
    <${ViewTitle} aside=${data && html`<span><${States} apiKey=${data} /></span>`}>
      ${data?.name ?? common().access}
    <//>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${data === undefined && problem === undefined && html`<${Loading} />`}
    ${isOwn && html`<${Notice}><p>${t.ownKey}</p><//>`}
    ${data?.bootstrap === true && html`<${Notice}><p>${t.bootstrapHelp}</p><//>`}
    ${
      data &&
      html`<section class="card" aria-labelledby="facts-title">
        <h2 id="facts-title">${t.facts}</h2>
        <${Facts} apiKey=${data} />
        ${
          data.revokedAt === null &&
          html`<div class="actions">
            <button type="button" class="danger" onClick=${() => setRevoking(true)}>${t.revoke}</button>
          </div>`
        }
      </section>`
    }
    ${
      isRevoking &&
      html`<${RemoveDialog}
        title=${t.revokeTitle(data?.name ?? '')}
        text=${text}
        label=${t.revoke}
        remove=${revoke}
        onClose=${() => setRevoking(false)}
      />`
    }
  `;
}

function Facts({ apiKey }: { apiKey: ApiKey }): VNode {
  const t = apiKeyTexts();
  const { createdAt, createdBy, expiresAt, revokedAt, lastUsedAt } = apiKey;
  const { senders = null, senderDomains = null, recipientDomains, quotas } = apiKey;
  const limits = quotaNames.flatMap((name) => {
    const limit = quotas?.[name] ?? null;
    return limit === null ? [] : [`${t.quotaTexts[name]}: ${formatCount(limit)}`];
  });
  return html`<dl class="facts">
    <dt>${t.purpose}</dt>
    <dd>${purposeOf(apiKey)}</dd>
    <dt>${t.scopes}</dt>
    <dd>
      <ul>
        ${scopesOf(apiKey).map((scope) => {
          const { label, help } = t.scopeTexts[scope];
          return html`<li key=${scope}>${label} <span class="muted">${help}</span></li>`;
        })}
      </ul>
    </dd>
    <dt>${t.createdAt}</dt>
    <dd>${t.createdBy(formatInstant(createdAt), createdBy)}</dd>
    <dt>${t.expiresAt}</dt>
    <dd>${expiresAt === null ? t.never : formatInstant(expiresAt)}</dd>
    ${
      revokedAt !== null &&
      html`<dt>${t.revokedAt}</dt>
        <dd>${formatInstant(revokedAt)}</dd>`
    }
    <dt>${t.lastUsedAt}</dt>
    <dd>
      ${lastUsedAt === null ? t.neverUsed : formatInstant(lastUsedAt)}
      <span class="muted">${t.lastUsedHelp}</span>
    </dd>
    <dt>${t.senders}</dt>
    <dd>
      ${senders === null && senderDomains === null ? t.any : html`<${SenderNames} ids=${senders ?? []} />`}
    </dd>
    ${
      senderDomains !== null &&
      html`<dt>${t.senderDomains}</dt>
        <dd>${senderDomains.join(', ')}</dd>`
    }
    <dt>${t.recipientDomains}</dt>
    <dd>${recipientDomains === null ? t.any : recipientDomains.join(', ')}</dd>
    <dt>${t.priority}</dt>
    <dd>${t.priorities[apiKey.priority ?? 'normal']}</dd>
    <dt>${t.quotas}</dt>
    <dd>${limits.length === 0 ? t.any : limits.join(' · ')}</dd>
  </dl>`;
}

interface NamedSender {
  readonly id: string;
  readonly name: string;
}

/** A sender that was deleted has no name any more. */
async function namesOf(ids: readonly string[]): Promise<readonly NamedSender[]> {
  const named: NamedSender[] = [];
  for (const id of ids) {
    const found =
      id === 'default'
        ? undefined
        : await call('GET /v1/senders/{id}', { path: { id } }).catch(() => undefined);
    named.push({ id, name: found === undefined ? id : `${found.name} <${found.address}>` });
  }
  return named;
}

/** The senders of a key by name, each with a link. */
function SenderNames({ ids }: { ids: readonly string[] }): VNode {
  const t = apiKeyTexts();
  const { data } = useLoaded(`senders of a key ${ids.join(' ')}`, () => namesOf(ids));
  const shown = data ?? ids.map((id) => ({ id, name: id }));
  if (shown.length === 0) return html`${common().nothing}`;
  return html`<ul>
    ${shown.map(
      ({ id, name }) =>
        html`<li key=${id}>
          ${id === 'default' ? t.defaultSender : html`<a href=${linkTo('senders', id)}>${name}</a>`}
        </li>`,
    )}
  </ul>`;
}
