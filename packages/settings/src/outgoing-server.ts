import {
  type Address,
  type AddressPatch,
  type ApplyStatus,
  type Difference,
  type EventOf,
  finding,
  type Finding,
  type OutgoingServerContent,
  type OutgoingServerPatch,
  type OutgoingServerPut,
  type OutgoingServerVersion,
  type OutgoingServerView,
  type SmtpContent,
  type SmtpView,
  type StoredOutgoingServerContent,
  type StoredSecret,
} from '@postausgang/contracts';
import {
  decideResourceChange,
  type RequestContext,
  type ResourceDecision,
  type ResourceRequest,
} from './decide-change.ts';
import { noReferences, type References } from './references.ts';
import {
  type ChangeEvent,
  changeToVersion,
  contentOf,
  type ContentPlan,
  evolveResource,
  initialState,
  mergeFields,
  plainDifferences,
  type PlainValues,
  type ResourceChange,
  resourceChange,
  type ResourceKind,
  type ResourceState,
  type Saved,
  secretDifference,
  unusableSecret,
} from './resource.ts';
import { defaultContent } from './server-defaults.ts';
import { effectivePort, passwordPointer, smtpPasswordBinding, validateContent } from './validate-server.ts';

const parts = ['smtp', 'exchange', 'smime', 'limits'] as const;

const fieldNames = Object.keys(defaultContent);
const partFieldNames = parts.map((part) => ({ part, names: Object.keys(defaultContent[part]) }));

/**
 * The content of an event with everything that it does not hold, because it was written before there was such a field,
 * at its default. Whoever reads content from an event does this first. Content that is complete comes back as it is:
 * nearly every event of a long history is.
 */
export function completeContent(stored: StoredOutgoingServerContent): OutgoingServerContent {
  if (isComplete(stored)) return stored;
  return {
    ...defaultContent,
    ...stored,
    smtp: { ...defaultContent.smtp, ...stored.smtp },
    exchange: { ...defaultContent.exchange, ...stored.exchange },
    smime: { ...defaultContent.smime, ...stored.smime },
    limits: { ...defaultContent.limits, ...stored.limits },
  };
}

function isComplete(stored: StoredOutgoingServerContent): stored is OutgoingServerContent {
  return (
    fieldNames.every((name) => name in stored) &&
    partFieldNames.every(({ part, names }) => names.every((name) => name in (stored[part] ?? {})))
  );
}

const sections = ['smtp', 'exchange', 'smime', 'limits'] as const;

/** The fields in which two contents differ, in a fixed order. Empty exactly when the contents are the same. */
export function differences(from: OutgoingServerContent, to: OutgoingServerContent): Difference[] {
  return [
    ...plainDifferences(plainValues(from), plainValues(to)),
    ...secretDifference(passwordPointer, from.smtp.password, to.smtp.password),
  ];
}

function plainValues(content: OutgoingServerContent): PlainValues {
  const { enabled, serverType, senderAddress, timeoutSeconds, copyToSender, whenDisabled, onUnknown } =
    content;
  const values = new Map<string, unknown>([
    ['/enabled', enabled],
    ['/serverType', serverType],
    ['/senderAddress/name', senderAddress?.name ?? null],
    ['/senderAddress/address', senderAddress?.address ?? null],
    ['/timeoutSeconds', timeoutSeconds],
    ['/copyToSender', copyToSender],
    ['/whenDisabled', whenDisabled],
    ['/onUnknown', onUnknown],
  ]);
  for (const section of sections) addSection(values, section, content);
  return values;
}

function addSection(
  values: Map<string, unknown>,
  section: (typeof sections)[number],
  content: OutgoingServerContent,
): void {
  const fields = new Map<string, unknown>(Object.entries(content[section]));
  for (const name of Object.keys(defaultContent[section])) {
    const pointer = `/${section}/${name}`;
    if (pointer !== passwordPointer) values.set(pointer, fields.get(name));
  }
}

/**
 * The saved content under a JSON merge patch (RFC 7396): absent keeps, null resets to the default, and deletes a
 * password. A change and the draft of a connection test are planned by the same rules.
 */
export function planPatch(
  patch: OutgoingServerPatch,
  { resource, content }: Saved<OutgoingServerContent>,
): ContentPlan<OutgoingServerContent> {
  const { senderAddress, smtp = {}, exchange = {}, smime = {}, limits = {}, ...common } = patch;
  const { password, ...smtpFields } = smtp;
  const unusable = typeof password === 'string' ? unusableSecret(password) : undefined;
  const planned = {
    ...mergeFields(commonFields(content), common, commonFields(defaultContent)),
    senderAddress: mergeAddress(content.senderAddress, senderAddress),
    smtp: {
      ...mergeFields(withoutPassword(content.smtp), smtpFields, withoutPassword(defaultContent.smtp)),
      password: password === undefined || unusable !== undefined ? content.smtp.password : null,
    },
    exchange: mergeFields(content.exchange, exchange, defaultContent.exchange),
    smime: mergeFields(content.smime, smime, defaultContent.smime),
    limits: mergeFields(content.limits, limits, defaultContent.limits),
  };
  const isNew = typeof password === 'string' && unusable === undefined;
  return {
    content: planned,
    newSecrets: isNew ? [{ value: password, binding: smtpPasswordBinding(resource, planned.smtp) }] : [],
    findings: unusable === undefined ? [] : [finding(passwordPointer, unusable)],
  };
}

/**
 * The content that a PUT asks for: an absent field takes its default, but a stored password stays, and so does the
 * half of the other server type when it is absent.
 */
export function planPut(
  body: OutgoingServerPut,
  { resource, content }: Saved<OutgoingServerContent>,
): ContentPlan<OutgoingServerContent> {
  const resetSmtp = { ...defaultContent.smtp, password: content.smtp.password };
  const base = {
    ...defaultContent,
    smtp: body.smtp === undefined ? content.smtp : resetSmtp,
    exchange: body.exchange === undefined ? content.exchange : defaultContent.exchange,
  };
  return planPatch(body, { resource, content: base });
}

/** Everything that keeps the planned content from being used, the new password included. */
export function findingsOfPlan(
  { content, newSecrets, findings }: ContentPlan<OutgoingServerContent>,
  references: References = noReferences,
): Finding[] {
  const answered = new Set(findings.map(({ pointer }) => pointer));
  for (const { binding } of newSecrets) answered.add(binding.field);
  return [
    ...findings,
    ...validateContent(content, references).filter(({ pointer }) => !answered.has(pointer)),
  ];
}

/** A name alone for an address that is not there yet leaves the address empty, which is a finding. */
function mergeAddress(current: Address | null, patch: AddressPatch | null | undefined): Address | null {
  if (patch === undefined || patch === null) return patch === null ? null : current;
  const { name = current?.name, address = current?.address ?? '' } = patch;
  return name === undefined || name === null ? { address } : { name, address };
}

function withoutPassword({ password: _password, ...fields }: SmtpContent): Omit<SmtpContent, 'password'> {
  return fields;
}

type CommonFields = Omit<OutgoingServerContent, 'senderAddress' | 'smtp' | 'exchange' | 'smime' | 'limits'>;

function commonFields(content: OutgoingServerContent): CommonFields {
  const {
    senderAddress: _sender,
    smtp: _smtp,
    exchange: _exchange,
    smime: _smime,
    limits: _limits,
    ...fields
  } = content;
  return fields;
}

/** Outgoing servers: they always exist, so they are neither created nor deleted. */
export const outgoingServerKind: ResourceKind<OutgoingServerContent, OutgoingServerPut, OutgoingServerPatch> =
  {
    prefix: 'outgoing-servers/',
    initialContent: defaultContent,
    secretPointers: [passwordPointer],
    planPut,
    planPatch,
    findingsOf: blockingFindings,
    differences,
    withSecret: (content, _pointer, password: StoredSecret) => ({
      ...content,
      smtp: { ...content.smtp, password },
    }),
  };

/** While sending is off only what cannot be told later keeps a change from being saved. */
function blockingFindings(
  plan: ContentPlan<OutgoingServerContent>,
  references: References,
): readonly Finding[] {
  return plan.content.enabled ? findingsOfPlan(plan, references) : plan.findings;
}

/** An outgoing server: its current content and everything it ever was. */
export type OutgoingServerState = ResourceState<OutgoingServerContent>;

/** One accepted change of an outgoing server. */
type SettingsChange = ResourceChange<OutgoingServerContent>;

/** What somebody wants changed about an outgoing server; it is neither created nor deleted. */
export type ChangeRequest = Exclude<
  ResourceRequest<OutgoingServerPut, OutgoingServerPatch>,
  { readonly operation: 'create' | 'delete' }
>;

/** A request with who, why, and the version it was made for. */
export type ChangeCommand = ChangeRequest & RequestContext;

type ChangeDecision = ResourceDecision<OutgoingServerContent>;

/** The server before its first change: disabled, with the defaults. */
export function initialOutgoingServer(resource: string): OutgoingServerState {
  return initialState(outgoingServerKind, resource);
}

/** The event with what it does not hold, because it was written before there was such a field, at its default. */
export function completed({
  id,
  time,
  data,
}: EventOf<'settingsChanged'>): ChangeEvent<OutgoingServerContent> {
  return { id, time, data: { ...data, content: completeContent(data.content) } };
}

/** The server after an event, see `evolveResource`. */
export function evolveOutgoingServer(
  state: OutgoingServerState,
  event: EventOf<'settingsChanged'>,
): OutgoingServerState {
  return evolveResource(state, completed(event));
}

/** Decides a change of an outgoing server, see `decideResourceChange`. */
export function decideChange(
  command: ChangeCommand,
  state: OutgoingServerState,
  references: References = noReferences,
): ChangeDecision {
  return decideResourceChange(outgoingServerKind, command, state, references);
}

/** The content of a version, 0 included; undefined when there is no such version. */
export function contentOfVersion(
  state: OutgoingServerState,
  version: number,
): OutgoingServerContent | undefined {
  return contentOf(outgoingServerKind, state, version);
}

/** The server as GET answers it. */
export function outgoingServerView(
  state: OutgoingServerState,
  applied: ApplyStatus,
  references: References = noReferences,
): OutgoingServerView {
  return { ...versionedView(state.resource, state.content, state.latestChange, references), applied };
}

/** An earlier version as it was, 0 included; undefined when there is no such version. */
export function versionView(
  state: OutgoingServerState,
  version: number,
  references: References = noReferences,
): OutgoingServerVersion | undefined {
  const content = contentOf(outgoingServerKind, state, version);
  if (content === undefined) return undefined;
  const change = changeToVersion(state, version) ?? null;
  return {
    change: change === null ? null : resourceChange(outgoingServerKind, change),
    settings: versionedView(state.resource, content, change, references),
  };
}

/**
 * The settings of one version. `warnings` are its findings by today's rules; while sending is on there are some only
 * if somebody wrote to the log past the API, or the rules have become stricter since.
 */
function versionedView(
  resource: string,
  content: OutgoingServerContent,
  change: SettingsChange | null,
  references: References,
): OutgoingServerVersion['settings'] {
  const { smtp, ...fields } = content;
  return {
    id: resource.slice(outgoingServerKind.prefix.length),
    version: change?.version ?? 0,
    ...fields,
    smtp: smtpView(smtp),
    warnings: validateContent(content, references),
    updatedAt: change?.changedAt ?? null,
    updatedBy: change?.actor.name ?? null,
  };
}

function smtpView(smtp: SmtpContent): SmtpView {
  const { password, ...fields } = smtp;
  return {
    ...fields,
    effectivePort: effectivePort(smtp),
    passwordSet: password !== null,
    passwordSetAt: password?.setAt ?? null,
  };
}
