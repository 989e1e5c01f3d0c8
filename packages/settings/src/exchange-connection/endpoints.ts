import type { ExchangeCloud, ExchangeConnectionContent } from '@postausgang/contracts';
import { withoutFinalDot } from '../hosts.ts';

/** Where a connection gets its tokens and hands over its mail. Every address is normalized. */
export interface ExchangeEndpoints {
  /** Without the tenant and without a slash at the end; null for a cloud whose authority is not entered yet. */
  readonly authority: string | null;
  readonly graph: string | null;
  readonly ews: string | null;
  readonly smtpHostname: string | null;
  readonly smtpPort: number;
  /** What a token is asked for; null when there is no endpoint to derive it from. */
  readonly scope: string | null;
}

type Addresses = Readonly<Record<'authority' | 'graph' | 'outlook' | 'smtp', string>>;

/** National clouds of Microsoft: https://learn.microsoft.com/graph/deployments and /entra/identity-platform/authentication-national-cloud */
const clouds: Readonly<Record<Exclude<ExchangeCloud, 'custom'>, Addresses>> = {
  global: {
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    outlook: 'https://outlook.office365.com',
    smtp: 'smtp.office365.com',
  },
  'us-government': {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://graph.microsoft.us',
    outlook: 'https://outlook.office365.us',
    smtp: 'smtp.office365.us',
  },
  'us-government-dod': {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://dod-graph.microsoft.us',
    outlook: 'https://outlook-dod.office365.us',
    smtp: 'outlook-dod.office365.us',
  },
  china: {
    authority: 'https://login.chinacloudapi.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
    outlook: 'https://partner.outlook.cn',
    smtp: 'smtp.partner.outlook.cn',
  },
};

const submissionPort = 587;

/** What the cloud says, and what was entered instead. */
export function exchangeEndpoints(content: ExchangeConnectionContent): ExchangeEndpoints {
  const { cloud, smtpHostname, smtpPort } = content;
  const known = cloud === 'custom' ? undefined : clouds[cloud];
  const endpoints = {
    authority: plainUrl(content.authorityUrl ?? known?.authority),
    graph: plainUrl(content.graphUrl ?? known?.graph),
    ews: plainUrl(content.ewsUrl ?? (known && `${known.outlook}/EWS/Exchange.asmx`)),
    smtpHostname: withoutFinalDot(smtpHostname ?? known?.smtp ?? '').toLowerCase() || null,
    smtpPort: smtpPort ?? submissionPort,
  };
  return { ...endpoints, scope: content.scope ?? scopeOf(content, endpoints, known) };
}

function scopeOf(
  { protocol, ewsUrl, smtpHostname }: ExchangeConnectionContent,
  { graph, ews, smtpHostname: host }: Omit<ExchangeEndpoints, 'scope'>,
  known: Addresses | undefined,
): string | null {
  const audiences = {
    graph,
    ews: ewsUrl === null ? known?.outlook : ews,
    'smtp-oauth': smtpHostname === null ? known?.outlook : host && `https://${host}`,
  };
  const audience = audiences[protocol];
  return audience ? `${new URL(audience).origin}/.default` : null;
}

/** The address as it is compared and used; null when it is none. */
function plainUrl(text: string | undefined): string | null {
  if (text === undefined || !isUsableUrl(text)) return null;
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** An https address without credentials, query and fragment. */
export function isUsableUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return protocol === 'https:' && [username, password, search, hash].every((part) => part === '');
}
