import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from '../api/client.ts';
import { common, formatInstant, texts } from '../i18n.ts';
import type { Editing, Version } from './editing.ts';
import { Dialog, html, Loading, ProblemNotice } from './elements.ts';
import { changedPointers, valuesOf } from './form-values.ts';
import { labelOf, showValue } from './setting-values.ts';

const t = texts({
  de: {
    title: 'Jemand anderes hat gespeichert',
    intro: (who: string, version: number, when: string) =>
      `${who} hat Version ${version} gespeichert (${when}). Wählen Sie je Feld, was gelten soll. Gespeichert wird erst, wenn Sie danach auf „Speichern“ klicken.`,
    mine: 'Ihre Eingabe',
    take: 'In das Formular übernehmen',
    onlyTheirs: 'Alles aus der neuen Version',
    same: 'Ihre Eingaben und die neue Version unterscheiden sich nicht.',
    started: 'Ausgangspunkt',
  },
  en: {
    title: 'Someone else has saved',
    intro: (who: string, version: number, when: string) =>
      `${who} saved version ${version} (${when}). Choose which value to keep for each field. Nothing is saved until you click “Save” afterwards.`,
    mine: 'Your entry',
    take: 'Apply to the form',
    onlyTheirs: 'Use the new version',
    same: 'Your entries and the new version are identical.',
    started: 'starting point',
  },
});

type Side = 'mine' | 'theirs';

interface ConflictInput {
  readonly editing: Editing<Version>;
  readonly onClose: () => void;
}

/** Each field side by side: the base, the saved value of someone else, and the own entry; one of them is chosen. */
export function ConflictDialog(input: ConflictInput): VNode {
  const [newest, setNewest] = useState<Version | null>(null);
  const [problem, setProblem] = useState<ApiProblem>();
  useEffect(() => {
    input.editing.resource
      .load()
      .then(setNewest)
      .catch((error: unknown) => setProblem(asProblem(error)));
  }, []);
  return html`<${Dialog} title=${t().title} onClose=${input.onClose} wide>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    ${newest === null && problem === undefined && html`<${Loading} />`}
    ${newest !== null && html`<${Choose} ...${input} newest=${newest} />`}
  <//>`;
}

function Choose({ editing, newest, onClose }: ConflictInput & { readonly newest: Version }): VNode {
  const { edited, values: mine, changed, resource } = editing;
  const { fields } = resource;
  const { base } = edited;
  const theirs = valuesOf(fields, newest);
  const touched = new Set([...changedPointers(base, theirs), ...changed]);
  const rows = [...touched].filter((pointer) => changedPointers(mine, theirs).includes(pointer));
  const [sides, setSides] = useState<Readonly<Record<string, Side>>>(() =>
    Object.fromEntries(rows.map((pointer) => [pointer, changed.includes(pointer) ? 'mine' : 'theirs'])),
  );
  const finish = (choose: (pointer: string) => Side) => (): void => {
    const kept = rows.filter((pointer) => choose(pointer) === 'mine');
    editing.rebase(newest, {
      ...theirs,
      ...Object.fromEntries(kept.map((pointer) => [pointer, mine[pointer]])),
    });
    onClose();
  };
  const row = (pointer: string): VNode =>
    html`<${Row}
      key=${pointer}
      label=${labelOf(fields, pointer)}
      name=${`side${pointer}`}
      names=${{ base: common().version(edited.version), theirs: common().version(newest.version), mine: t().mine }}
      shown=${{
        base: showValue(fields, pointer, base[pointer]),
        theirs: showValue(fields, pointer, theirs[pointer]),
        mine: showValue(fields, pointer, mine[pointer]),
      }}
      side=${sides[pointer]}
      choose=${(side: Side) => setSides({ ...sides, [pointer]: side })}
    />`;
  return html`
    <p>${t().intro(newest.updatedBy ?? '', newest.version, formatInstant(newest.updatedAt))}</p>
    ${
      rows.length === 0
        ? html`<p>${t().same}</p>`
        : html`<table class="stack conflict">
            <thead>
              <tr>
                <th scope="col">${common().field}</th>
                <th scope="col">${common().version(edited.version)} <small>${t().started}</small></th>
                <th scope="col">${common().version(newest.version)} <small>${newest.updatedBy}</small></th>
                <th scope="col">${t().mine}</th>
              </tr>
            </thead>
            <tbody>
              ${rows.map(row)}
            </tbody>
          </table>`
    }
    <div class="actions">
      <button type="button" class="primary" onClick=${finish((pointer) => sides[pointer] ?? 'theirs')}>
        ${t().take}
      </button>
      <button type="button" class="quiet" onClick=${finish(() => 'theirs')}>${t().onlyTheirs}</button>
      <button type="button" class="quiet" onClick=${onClose}>${common().cancel}</button>
    </div>
  `;
}

type Sides = Readonly<Record<'base' | Side, string>>;

interface RowInput {
  readonly label: string;
  readonly name: string;
  readonly names: Sides;
  readonly shown: Sides;
  readonly side: Side | undefined;
  readonly choose: (side: Side) => void;
}

function Row({ label, name, names, shown, side, choose }: RowInput): VNode {
  return html`<tr>
    <th scope="row">${label}</th>
    <td data-label=${names.base}>${shown.base}</td>
    ${(['theirs', 'mine'] as const).map(
      (one) =>
        html`<td key=${one} data-label=${names[one]}>
          <label class="choice"
            ><input type="radio" name=${name} checked=${side === one} onChange=${() => choose(one)} />
            <span>${shown[one]}</span></label
          >
        </td>`,
    )}
  </tr>`;
}
