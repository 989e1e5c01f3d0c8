/*
 * Editing a resource that others edit too. The base is the version that editing started from. A save names it (If-Match);
 * if it is no longer the current version, there is a conflict, and the person chooses a value for each field. So no change
 * is overwritten unseen. Unsaved entries, except secrets, survive a reload of the tab.
 */
import { useEffect, useState } from 'preact/hooks';
import { type ApiProblem, asProblem, type Finding } from '../api/client.ts';
import { type Loaded, useCalm, useLive, useLoaded } from '../api/live.ts';
import {
  changedPointers,
  defaultsOf,
  type Form,
  type FormField,
  formOf,
  isDestinationChanged,
  isSecretChanged,
  type Patch,
  patchOf,
  type Secrets,
  unreadable,
  type Values,
  valuesOf,
  valuesOfForm,
} from './form-values.ts';
import type { PasswordInput } from './fields.ts';

/** A version of a resource. */
export interface Version {
  readonly id: string;
  readonly version: number;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
}

/** A resource that can be edited. */
export interface Resource<View extends Version> {
  /** Distinguishes it from other resources. */
  readonly key: string;
  readonly fields: readonly FormField[];
  /** Events after which there may be another version. */
  readonly events: readonly string[];
  /** null: it does not exist yet. */
  load(): Promise<View | null>;
  /** The reason may be empty. */
  save(patch: Patch, version: number, reason: string): Promise<View>;
}

interface Edited {
  /** The version the values below come from. 0: it does not exist yet. */
  readonly version: number;
  readonly base: Values;
  readonly form: Form;
  readonly isRestored: boolean;
}

export interface Editing<View extends Version> {
  readonly resource: Resource<View>;
  readonly view: View | null;
  readonly edited: Edited;
  readonly values: Values;
  readonly secrets: Secrets;
  readonly changed: readonly string[];
  /** How many fields and secrets would be saved. */
  readonly changes: number;
  readonly isForElsewhere: boolean;
  readonly findings: readonly Finding[];
  readonly problem: ApiProblem | undefined;
  readonly isSaving: boolean;
  /** Whether someone else has saved since editing started. */
  readonly isBehind: boolean;
  /** The version that was last saved in this tab. */
  readonly savedVersion: number | undefined;
  /** What a save would send; undefined if a value cannot be read, which becomes a finding. */
  readonly patch: () => Patch | undefined;
  change(changes: Form): void;
  changeSecret(pointer: string, input: PasswordInput): void;
  discard(): void;
  save(reason: string): Promise<View | 'conflict' | 'failed'>;
  /** Continues from the newest version with the values that were chosen in a conflict. */
  rebase(newest: View, values: Values): void;
}

interface Answer {
  readonly problem?: ApiProblem;
  readonly unreadable?: readonly Finding[];
  readonly isSaving?: boolean;
}

type Described = Pick<Resource<Version>, 'key' | 'fields'>;

const keep: PasswordInput = { action: 'keep', value: '' };
const enter: PasswordInput = { action: 'set', value: '' };

function begin({ fields }: Described, view: Version | null): Edited {
  const base = valuesOf(fields, view);
  const form = formOf(fields, view === null ? defaultsOf(fields) : base);
  return { version: view?.version ?? 0, base, form, isRestored: false };
}

function secretsOf({ fields }: Described, view: Version | null): Secrets {
  const secrets = fields.filter(({ control }) => control === 'secret');
  return Object.fromEntries(secrets.map(({ pointer }) => [pointer, view === null ? enter : keep]));
}

const draftKey = (key: string): string => `postausgang-draft ${key}`;

function restored(resource: Described, view: Version | null): Edited {
  const fresh = begin(resource, view);
  try {
    const draft: unknown = JSON.parse(sessionStorage.getItem(draftKey(resource.key)) ?? 'null');
    if (typeof draft !== 'object' || draft === null || !('form' in draft)) return fresh;
    const { version, base, form } = draft as Edited;
    return { version, base: { ...fresh.base, ...base }, form: { ...fresh.form, ...form }, isRestored: true };
  } catch {
    return fresh;
  }
}

function keepDraft(key: string, edited: Edited | undefined): void {
  if (edited === undefined) sessionStorage.removeItem(draftKey(key));
  else sessionStorage.setItem(draftKey(key), JSON.stringify(edited));
}

/** The entries. Without unsaved changes, they follow what others save. */
function useEntries(resource: Described, view: Version | null | undefined) {
  const [edited, setEdited] = useState<Edited>();
  const [secrets, setSecrets] = useState<Secrets>({});
  const values = edited && valuesOfForm(resource.fields, edited.form);
  const changed = edited && values ? changedPointers(edited.base, values) : [];
  const changes = changed.length + Object.values(secrets).filter(isSecretChanged).length;
  const start = (from: Version | null, entries: Edited): void => {
    setEdited(entries);
    setSecrets(secretsOf(resource, from));
  };
  useEffect(() => {
    if (view === undefined) return;
    if (edited === undefined) start(view, restored(resource, view));
    else if (changes === 0 && edited.version !== (view?.version ?? 0)) start(view, begin(resource, view));
  }, [view, changes, edited]);
  useEffect(() => {
    if (edited !== undefined) keepDraft(resource.key, changed.length > 0 ? edited : undefined);
  }, [edited]);
  return { edited, setEdited, secrets, setSecrets, values, changed, changes, start };
}

type Entries = ReturnType<typeof useEntries>;

/** `editing` is undefined until the resource is loaded. */
export function useEditing<View extends Version>(
  resource: Resource<View>,
): { readonly loaded: Loaded<View | null>; readonly editing: Editing<View> | undefined } {
  const loaded = useLoaded(resource.key, () => resource.load());
  useLive(resource.events, useCalm(loaded.reload));
  const { data: view } = loaded;
  const entries = useEntries(resource, view);
  const [answer, setAnswer] = useState<Answer>({});
  const [savedVersion, setSavedVersion] = useState<number>();
  const { edited, secrets, values, changed, changes } = entries;
  if (view === undefined || edited === undefined || values === undefined)
    return { loaded, editing: undefined };
  const patch = (): Patch | undefined => {
    const found = unreadable(values);
    setAnswer((before) => ({ ...before, unreadable: found }));
    return found.length > 0 ? undefined : patchOf(resource.fields, { base: edited.base, values, secrets });
  };
  const save = async (reason: string): Promise<View | 'conflict' | 'failed'> => {
    const body = patch();
    if (body === undefined) return 'failed';
    setAnswer({ isSaving: true });
    try {
      const saved = await resource.save(body, edited.version, reason.trim());
      setAnswer({});
      setSavedVersion(saved.version);
      entries.start(saved, begin(resource, saved));
      loaded.set(saved);
      return saved;
    } catch (error) {
      const problem = asProblem(error);
      setAnswer({ problem });
      return problem.code === 'version-conflict' ? 'conflict' : 'failed';
    }
  };
  const state = { resource, view, edited, values, secrets, changed, changes, savedVersion };
  const found = {
    findings: [...(answer.unreadable ?? []), ...(answer.problem?.findings ?? [])],
    problem: answer.problem,
    isSaving: answer.isSaving === true,
    isForElsewhere: isDestinationChanged(resource.fields, edited.base, values),
    isBehind: edited.version < (view?.version ?? 0),
  };
  const changing = changesOf(resource, entries, loaded, () => setAnswer({}));
  return { loaded, editing: { ...state, ...found, patch, save, ...changing } };
}

function changesOf<View extends Version>(
  resource: Resource<View>,
  { start, setEdited, setSecrets }: Entries,
  loaded: Loaded<View | null>,
  forgetAnswer: () => void,
): Pick<Editing<View>, 'change' | 'changeSecret' | 'discard' | 'rebase'> {
  return {
    change: (entered) =>
      setEdited((now) => (now === undefined ? now : { ...now, form: { ...now.form, ...entered } })),
    changeSecret: (pointer, input) => setSecrets((now) => ({ ...now, [pointer]: input })),
    discard() {
      const view = loaded.data ?? null;
      start(view, begin(resource, view));
      keepDraft(resource.key, undefined);
      forgetAnswer();
    },
    rebase(newest, merged) {
      loaded.set(newest);
      forgetAnswer();
      setEdited({ ...begin(resource, newest), form: formOf(resource.fields, merged) });
    },
  };
}
