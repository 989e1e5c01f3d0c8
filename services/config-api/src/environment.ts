/*
 * Whether this log may send. A log names the place where it belongs, in its last `environment-confirmed` event. Found
 * elsewhere, as every copy and every restored backup is, it sends nothing until a person has said what it is. A log that
 * names no place is adopted silently: it is new, or of a version that knew no places.
 *
 * - Data that a command has restored is never at home: the file system may give it the very place of what was lost.
 * - What has to be done before anything may leave is done first, the event comes last: a process that dies in between is
 *   still held at its next start.
 * - Restored: the mails that had not ended are held one by one, since the original may have sent them afterwards.
 * - Copy: the same; besides, mail is redirected, to the test mailbox unless addresses are named, and only the API key of the
 *   person still counts.
 * - Over Kafka the mailers are other processes, which may die at any moment, and there is no test mailbox. There,
 *   sending is switched off before either is confirmed: an event before the confirmation in the same topic, so every
 *   mailer folds it first.
 */
import {
  type Actor,
  type ConfirmEnvironment,
  ConfirmEnvironmentSchema,
  EnvironmentSchema,
  type EnvironmentView,
  finding,
  type Finding,
  type HeldStart,
  type LogKind,
  type LogPlace,
  type OutgoingServerPatch,
  type SendingModePut,
  sendingSwitchedOff,
} from '@postausgang/contracts';
import { type HttpPlugin, type Principal, ProblemError } from '@postausgang/http';
import {
  defaultServer,
  isAtHome,
  requestFindings,
  sendingModeKind,
  sendingModeOf,
  sendingModeResource,
} from '@postausgang/settings';
import type { Logger } from 'pino';
import { actorOf, type ChangeResource, outgoingServers, sendingMode, stateOf } from './settings/changes.ts';
import type { SettingsStore } from './settings/store.ts';

export interface EnvironmentOptions {
  readonly installation: { readonly id: string; readonly name: string };
  readonly log: LogKind;
  /** Where the log lies now. */
  readonly place: LogPlace;
  /** The operator wants to be asked first. */
  readonly isPaused: boolean;
  /** The data was restored from a backup, and nobody has said anything about it yet. Its place may be the old one. */
  readonly restored?: RestoredData | undefined;
}

export interface RestoredData {
  /** When the backup was taken; null where it does not say. */
  readonly takenAt: string | null;
  /** From the next start on, the data is like any other. */
  forget(): Promise<void>;
}

/** What a mailer does about a confirmation. */
export interface HeldMailer {
  /** Holds every mail accepted before that time that had not ended. */
  holdRestored(beforeMs: number): Promise<void>;
  /** Mail may be sent from now on. */
  gateChanged(): void;
}

export interface Environment {
  /** Resolves when it is known whether the log is where it belongs. */
  readonly known: Promise<void>;
  /** Why nothing may be sent; null: it may. Before it is known, nothing may. */
  heldFor(): HeldStart | null;
  view(): EnvironmentView;
  /** The mailer that waits. Call it before the first confirmation. */
  use(mailer: HeldMailer): void;
  /** Throws `environment-confirmed` where nobody has to say anything, and the problems of a change of settings. */
  confirm(what: ConfirmEnvironment, principal: Principal): Promise<EnvironmentView>;
}

interface EnvironmentDeps extends EnvironmentOptions {
  readonly store: SettingsStore;
  readonly changeResource: ChangeResource;
  /** Resolves when the settings are folded. */
  readonly ready: Promise<unknown>;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly logger: Pick<Logger, 'warn'>;
}

const service: Actor = { kind: 'system', id: 'postausgang', name: 'postausgang' };
const resource = 'environment';

export function createEnvironment(deps: EnvironmentDeps): Environment {
  const { store, place, now, logger } = deps;
  const startedAt = now();
  let { restored, isPaused } = deps;
  let isKnown = false;
  let mailer: HeldMailer | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const known = deps.ready.then(async () => {
    const { environment } = store.state;
    if (environment === null && restored === undefined) await adopt(deps);
    isKnown = true;
    if (heldFor() !== null) {
      logger.warn(
        { heldFor: heldFor() },
        'nothing is sent until POST /v1/environment/confirm says what this log is',
      );
    }
  });
  // Whoever needs it awaits it.
  known.catch(() => undefined);

  /** Another process over the same log may have confirmed it. */
  const heldFor = (): HeldStart | null => {
    const { environment } = store.state;
    const isElsewhere = restored !== undefined || (environment !== null && !isAtHome(environment, place));
    return !isKnown || isElsewhere ? 'other-place' : isPaused ? 'paused' : null;
  };
  const view = (): EnvironmentView => viewOf({ ...deps, restored }, heldFor(), startedAt);
  const confirm = async (given: ConfirmEnvironment, principal: Principal): Promise<EnvironmentView> => {
    await known;
    if (heldFor() === null) throw new ProblemError('environment-confirmed');
    const what = withBackupTime(given, restored);
    requireTargets(deps, what);
    if (what.as !== 'moved') await mailer?.holdRestored(startedAt.getTime());
    await changeMode(deps, what, principal);
    await changeServer(deps, what, principal);
    await write(deps, what, principal);
    await forget(restored, logger);
    restored = undefined;
    isPaused = false;
    mailer?.gateChanged();
    return view();
  };
  return {
    known,
    heldFor,
    view,
    use: (waiting) => void (mailer = waiting),
    confirm(what, principal) {
      const confirmed = last.then(() => confirm(what, principal));
      last = confirmed.catch(() => undefined);
      return confirmed;
    },
  };
}

/** Whoever moves data names no backup. */
function withBackupTime(what: ConfirmEnvironment, restored: RestoredData | undefined): ConfirmEnvironment {
  const takenAt = restored?.takenAt ?? null;
  return what.as === 'moved' || takenAt === null ? what : { backupTakenAt: takenAt, ...what };
}

/** Where it cannot be forgotten, somebody is asked once more at the next start. */
async function forget(restored: RestoredData | undefined, logger: EnvironmentDeps['logger']): Promise<void> {
  await restored?.forget().catch((error: unknown) => {
    logger.warn(
      { err: error },
      'it could not be noted that this data is confirmed: the next start is held again',
    );
  });
}

function viewOf(
  { store, installation, log, restored }: EnvironmentDeps,
  heldFor: HeldStart | null,
  startedAt: Date,
): EnvironmentView {
  const { environment } = store.state;
  return {
    id: environment?.environmentId ?? installation.id,
    name: installation.name,
    log,
    heldFor,
    sendingMode: sendingModeOf(store.state).content.mode,
    restoredFrom: restored === undefined ? null : { takenAt: restored.takenAt },
    confirmed: {
      as: environment?.as ?? 'adopted',
      at: environment?.at ?? startedAt.toISOString(),
      by: environment?.actor.name ?? service.name,
      reason: environment?.reason ?? null,
      backupTakenAt: environment?.backupTakenAt ?? null,
    },
  };
}

/** Where it cannot be written now, it is tried again at the next start: mail need not wait for it. */
async function adopt({ store, installation, place, now, newId, logger }: EnvironmentDeps): Promise<void> {
  const data = {
    environmentId: installation.id,
    as: 'adopted',
    place,
    actor: service,
    reason: null,
  } as const;
  const event = { id: newId(), time: now().toISOString() };
  await store.write('environmentConfirmed', resource, data, event).catch((error: unknown) => {
    logger.warn({ err: error }, 'the place of the log could not be written down: a copy will not be noticed');
  });
}

async function write(
  { store, installation, place, now, newId }: EnvironmentDeps,
  { as, reason, backupTakenAt }: ConfirmEnvironment,
  principal: Principal,
): Promise<void> {
  const before = store.state.environment?.environmentId ?? installation.id;
  const data = {
    environmentId: as === 'copy' ? newId() : before,
    as,
    place,
    actor: actorOf(principal),
    reason,
    ...(backupTakenAt === undefined ? {} : { backupTakenAt }),
    ...(as === 'copy' && principal.kind === 'api-key' ? { keptKeyId: principal.id } : {}),
  };
  await store.write('environmentConfirmed', resource, data, { id: newId(), time: now().toISOString() });
}

/** What of the outgoing server changes with a confirmation; null: nothing. */
function changeFor(
  { log }: EnvironmentDeps,
  { as, redirectTo }: ConfirmEnvironment,
): OutgoingServerPatch | null {
  if (as === 'moved') return null;
  if (log === 'kafka') return sendingSwitchedOff;
  return as === 'copy' && redirectTo === undefined ? { serverType: 'test-mailbox' } : null;
}

/** Nobody has this address: it is where mail in the test mailbox is addressed to. RFC 2606 §2 */
const testMailboxAddress = 'test-mailbox@postausgang.invalid';

/** The sending mode of a copy: whatever its server becomes one day, its mail reaches nobody but those that were named. */
function modeFor({ log }: EnvironmentDeps, { redirectTo }: ConfirmEnvironment): SendingModePut {
  if (redirectTo !== undefined) return { mode: 'redirect', to: redirectTo };
  return log === 'kafka' ? { mode: 'hold' } : { mode: 'redirect', to: [testMailboxAddress] };
}

/** Asked before anything is done: what is refused leaves no trace. The findings point into the confirmation. */
function requireTargets(deps: EnvironmentDeps, what: ConfirmEnvironment): void {
  const { store, now } = deps;
  if (what.redirectTo === undefined) return;
  const refuse = (findings: readonly Finding[]): never => {
    throw new ProblemError('settings-invalid', { findings });
  };
  if (what.as !== 'copy') refuse([finding('/redirectTo', 'redirect-only-for-copy')]);
  const findings = requestFindings(
    sendingModeKind,
    { operation: 'put', body: modeFor(deps, what) },
    stateOf(sendingMode, store, sendingModeResource),
    store.references(now().getTime()),
  );
  if (findings.length === 0) return;
  refuse(findings.map((one) => ({ ...one, pointer: one.pointer.replace(/^\/to(?=\/|$)/, '/redirectTo') })));
}

async function changeMode(
  deps: EnvironmentDeps,
  what: ConfirmEnvironment,
  principal: Principal,
): Promise<void> {
  if (what.as !== 'copy') return;
  const { store, changeResource } = deps;
  const { version } = stateOf(sendingMode, store, sendingModeResource);
  await changeResource(
    sendingMode,
    sendingModeResource,
    { operation: 'put', body: modeFor(deps, what) },
    contextOf(what, principal, version),
  );
}

function contextOf({ reason }: ConfirmEnvironment, principal: Principal, expectedVersion: number) {
  const actor = actorOf(principal);
  return { actor, reason, expectedVersion, idempotencyKey: undefined, mayGrant: false };
}

async function changeServer(
  deps: EnvironmentDeps,
  what: ConfirmEnvironment,
  principal: Principal,
): Promise<void> {
  const { store, changeResource } = deps;
  const body = changeFor(deps, what);
  if (body === null) return;
  const { version } = stateOf(outgoingServers, store, defaultServer);
  await changeResource(
    outgoingServers,
    defaultServer,
    { operation: 'patch', body },
    contextOf(what, principal, version),
  );
}

const tags = ['environment'];

const viewSchema = {
  operationId: 'getEnvironment',
  summary: 'Get the environment of this log',
  description: 'Where the log belongs, who last confirmed it, and whether sending is held.',
  tags,
  response: { 200: EnvironmentSchema },
};

const confirmSchema = {
  operationId: 'confirmEnvironment',
  summary: 'Say what a log is that was found at another place',
  description:
    'Ends the hold of a start at another place or with SENDING=paused. moved: sending continues. restored: mails that had ' +
    'not ended in the backup are held with the reason `restored`, to be released one by one or in bulk; new mails are sent. ' +
    'copy: the same; besides, the log gets an ID of its own, mail is redirected to `redirectTo` or to the test mailbox, and ' +
    'all API keys but the one of this request are revoked. Over Kafka, restored and copy switch sending off: what waits is held until ' +
    'somebody switches it on again.',
  tags,
  body: {
    ...ConfirmEnvironmentSchema,
    examples: [{ as: 'restored', reason: 'disk failure', backupTakenAt: '2026-11-23T08:15:00Z' }],
  },
  response: { 200: EnvironmentSchema },
};

const changeProblems = [
  'environment-confirmed',
  'settings-invalid',
  'version-conflict',
  'outcome-unknown',
  'overloaded',
  'log-unavailable',
  'log-full',
] as const;

/** The routes of the environment. Everybody with a key sees whether mail is sent. */
export const environmentRoutes: HttpPlugin<Environment> = async (app, environment) => {
  app.get('/environment', { schema: viewSchema, config: { scopes: [] } }, async () => environment.view());

  app.post(
    '/environment/confirm',
    { schema: confirmSchema, config: { scopes: ['admin'], problems: changeProblems } },
    async ({ body, principal }) => environment.confirm(body, principal),
  );
};
