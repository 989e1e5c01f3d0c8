import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiProblem, asProblem, call } from '../../api/client.ts';
import type { OutgoingServerView } from '../../api/operations.ts';
import { common, formatInstant, texts } from '../../i18n.ts';
import { Dialog, html, Loading, ProblemNotice } from '../../parts/elements.ts';
import { labelOf, showValue } from '../../parts/setting-values.ts';
import { changedPointers, isSame, type Values, valuesOf, valuesOfForm } from './form.ts';
import type { ServerForm } from './use-server-form.ts';

const t = texts({
  de: {
    title: 'Jemand anderes hat gespeichert',
    intro: (who: string, version: number, when: string) =>
      `${who} hat Version ${version} gespeichert (${when}). Wählen Sie je Feld, was gelten soll. Gespeichert wird erst, wenn Sie danach auf „Speichern“ klicken.`,
    base: (version: number) => `Version ${version}`,
    theirs: (version: number) => `Version ${version}`,
    mine: 'Ihre Eingabe',
    take: 'In das Formular übernehmen',
    onlyTheirs: 'Alles aus der neuen Version',
    same: 'Ihre Eingaben und die neue Version unterscheiden sich nicht.',
    started: 'Ausgangspunkt',
  },
  en: {
    title: 'Somebody else has saved',
    intro: (who: string, version: number, when: string) =>
      `${who} has saved version ${version} (${when}). Choose for each field what shall count. Nothing is saved until you click “Save” afterwards.`,
    base: (version: number) => `Version ${version}`,
    theirs: (version: number) => `Version ${version}`,
    mine: 'Your entry',
    take: 'Take over into the form',
    onlyTheirs: 'All of the new version',
    same: 'Your entries and the new version do not differ.',
    started: 'starting point',
  },
});

type Side = 'mine' | 'theirs';

/** Side by side: what it was, what somebody else saved, what one has typed; and a choice for each field. */
export function ConflictDialog({ server, onClose }: { server: ServerForm; onClose: () => void }): VNode {
  const [newest, setNewest] = useState<OutgoingServerView>();
  const [problem, setProblem] = useState<ApiProblem>();
  useEffect(() => {
    call('GET /v1/outgoing-servers/{id}', { path: { id: 'default' } }).then(setNewest, (error: unknown) =>
      setProblem(asProblem(error)),
    );
  }, []);
  return html`<${Dialog} title=${t().title} onClose=${onClose} wide>
    ${problem !== undefined && html`<${ProblemNotice} problem=${problem} />`}
    ${newest === undefined && problem === undefined && html`<${Loading} />`}
    ${newest !== undefined && html`<${Choose} server=${server} newest=${newest} onClose=${onClose} />`}
  <//>`;
}

function Choose({
  server,
  newest,
  onClose,
}: {
  server: ServerForm;
  newest: OutgoingServerView;
  onClose: () => void;
}): VNode {
  const { edited } = server;
  const base: Values = edited?.base ?? {};
  const mine: Values = edited === undefined ? {} : valuesOfForm(edited.form);
  const theirs = valuesOf(newest);
  const touched = new Set([...changedPointers(base, theirs), ...changedPointers(base, mine)]);
  const rows = [...touched].filter((pointer) => !isSame(mine[pointer], theirs[pointer]));
  const isMine = (pointer: string): boolean => changedPointers(base, mine).includes(pointer);
  const [sides, setSides] = useState<Readonly<Record<string, Side>>>(() =>
    Object.fromEntries(rows.map((pointer) => [pointer, isMine(pointer) ? 'mine' : 'theirs'])),
  );
  const finish = (choose: (pointer: string) => Side) => (): void => {
    const mineToo = rows.filter((pointer) => choose(pointer) === 'mine');
    server.rebase(newest, {
      ...theirs,
      ...Object.fromEntries(mineToo.map((pointer) => [pointer, mine[pointer]])),
    });
    onClose();
  };
  return html`
    <p>${t().intro(newest.updatedBy ?? '', newest.version, formatInstant(newest.updatedAt))}</p>
    ${
      rows.length === 0
        ? html`<p>${t().same}</p>`
        : html`<table class="stack conflict">
            <thead>
              <tr>
                <th scope="col">${common().field}</th>
                <th scope="col">${t().base(edited?.version ?? 0)} <small>${t().started}</small></th>
                <th scope="col">${t().theirs(newest.version)} <small>${newest.updatedBy}</small></th>
                <th scope="col">${t().mine}</th>
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                (pointer) =>
                  html`<tr key=${pointer}>
                    <th scope="row">${labelOf(pointer)}</th>
                    <td data-label=${t().base(edited?.version ?? 0)}>${showValue(pointer, base[pointer])}</td>
                    ${(['theirs', 'mine'] as const).map(
                      (side) =>
                        html`<td
                          key=${side}
                          data-label=${side === 'mine' ? t().mine : t().theirs(newest.version)}
                        >
                          <label class="choice"
                            ><input
                              type="radio"
                              name=${`side${pointer}`}
                              checked=${sides[pointer] === side}
                              onChange=${() => setSides({ ...sides, [pointer]: side })}
                            />
                            <span
                              >${showValue(pointer, (side === 'mine' ? mine : theirs)[pointer])}</span
                            ></label
                          >
                        </td>`,
                    )}
                  </tr>`,
              )}
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
