/*
 * What is saved, what is being typed, and how the two meet: nobody's changes are overwritten without being seen. The base
 * is the version one began with; a save names it (If-Match), and when it is no longer the current one there is a conflict.
 */
import { useEffect, useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call, type Finding } from '../../api/client.ts';
import { type Loaded, useCalm, useLive, useLoaded } from '../../api/live.ts';
import type { OutgoingServerView } from '../../api/operations.ts';
import type { PasswordInput } from '../../parts/fields.ts';
import {
  changedPointers,
  type Form,
  formOf,
  isDestinationChanged,
  keepDraft,
  type Patch,
  patchOf,
  readDraft,
  unreadable,
  type Values,
  valuesOf,
  valuesOfForm,
} from './form.ts';

const id = 'default';
const keepPassword: PasswordInput = { action: 'keep', value: '' };

interface Edited {
  /** The version the values below come from. */
  readonly version: number;
  readonly base: Values;
  readonly form: Form;
  readonly isRestored: boolean;
}

export interface ServerForm {
  readonly loaded: Loaded<OutgoingServerView>;
  readonly edited: Edited | undefined;
  readonly password: PasswordInput;
  readonly changed: readonly string[];
  readonly isForElsewhere: boolean;
  readonly findings: readonly Finding[];
  readonly problem: ApiProblem | undefined;
  readonly isSaving: boolean;
  /** Whether somebody else has saved since one began. */
  readonly isBehind: boolean;
  /** The version that was saved last from here. */
  readonly savedVersion: number | undefined;
  readonly patch: () => Patch | undefined;
  change(changes: Partial<Form>): void;
  changePassword(password: PasswordInput): void;
  discard(): void;
  save(reason: string): Promise<'saved' | 'conflict' | 'failed'>;
  /** Takes over what two people's changes were made into, on top of the newest version. */
  rebase(version: OutgoingServerView, values: Values): void;
}

async function loadServer(): Promise<OutgoingServerView> {
  return await call('GET /v1/outgoing-servers/{id}', { path: { id } });
}

function begin(view: OutgoingServerView): Edited {
  const base = valuesOf(view);
  return { version: view.version, base, form: formOf(base), isRestored: false };
}

function restored(view: OutgoingServerView): Edited {
  const draft = readDraft();
  return draft === undefined ? begin(view) : { ...draft, isRestored: true };
}

export function useServerForm(): ServerForm {
  const loaded = useLoaded('server', loadServer);
  const [edited, setEdited] = useState<Edited>();
  const [password, setPassword] = useState(keepPassword);
  const [problem, setProblem] = useState<ApiProblem>();
  const [isSaving, setSaving] = useState(false);
  const [savedVersion, setSavedVersion] = useState<number>();
  const [unreadableFindings, setUnreadable] = useState<readonly Finding[]>([]);
  const reload = useCalm(loaded.reload);
  useLive(['settings-changed', 'settings-applied', 'mailer-started', 'mailer-stopped'], reload);

  const { data: view } = loaded;
  const values = edited && valuesOfForm(edited.form);
  const changed = edited && values ? changedPointers(edited.base, values) : [];
  const isDirty = changed.length > 0 || password.action !== 'keep';

  // Whoever has changed nothing sees what others save at once.
  useEffect(() => {
    if (view === undefined) return;
    if (edited === undefined) setEdited(restored(view));
    else if (!isDirty && edited.version !== view.version) setEdited(begin(view));
  }, [view, isDirty, edited]);
  useEffect(() => {
    if (edited === undefined) return;
    const { version, base, form } = edited;
    keepDraft(changed.length > 0 ? { version, base, form } : undefined);
  }, [edited]);

  const forget = (): void => {
    setPassword(keepPassword);
    setProblem(undefined);
    setUnreadable([]);
  };
  const patch = (): Patch | undefined => {
    if (edited === undefined || values === undefined) return undefined;
    const found = unreadable(edited.form);
    setUnreadable(found);
    return found.length > 0 ? undefined : patchOf(edited.base, values, password);
  };
  const save = async (reason: string): Promise<'saved' | 'conflict' | 'failed'> => {
    const body = patch();
    if (edited === undefined || body === undefined) return 'failed';
    setSaving(true);
    try {
      const data = await call('PATCH /v1/outgoing-servers/{id}', {
        path: { id },
        query: reason.trim() === '' ? {} : { reason: reason.trim() },
        headers: { 'if-match': `"${edited.version}"` },
        body,
      });
      forget();
      setSavedVersion(data.version);
      setEdited(begin(data));
      loaded.set(data);
      return 'saved';
    } catch (error) {
      const found = asProblem(error);
      setProblem(found);
      return found.code === 'version-conflict' ? 'conflict' : 'failed';
    } finally {
      setSaving(false);
    }
  };
  return {
    loaded,
    edited,
    password,
    changed,
    isForElsewhere: edited !== undefined && values !== undefined && isDestinationChanged(edited.base, values),
    findings: [...unreadableFindings, ...(problem?.findings ?? [])],
    problem,
    isSaving,
    isBehind: edited !== undefined && view !== undefined && edited.version < view.version,
    savedVersion,
    patch,
    save,
    change: (changes) => {
      setEdited((now) => (now === undefined ? now : { ...now, form: { ...now.form, ...changes } }));
    },
    changePassword: setPassword,
    discard() {
      if (view !== undefined) setEdited(begin(view));
      keepDraft(undefined);
      forget();
    },
    rebase(newest, merged) {
      loaded.set(newest);
      setProblem(undefined);
      setEdited({ ...begin(newest), form: formOf(merged) });
    },
  };
}
