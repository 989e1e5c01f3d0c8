/**
 * Finds the controls of a form by the fields of the API that they name, and what the form sends.
 *
 * A control may only be shown with another one in a certain position, so every choice is tried; choices that appear with
 * it are tried in that position as well. In each position everything new is filled in and the form is submitted, and
 * what would have been sent is caught.
 */
import type { Locator, Page, Route } from 'playwright-core';

export interface Exploration {
  /** The JSON pointers of the controls. */
  readonly shown: ReadonlySet<string>;
  /** Those whose values were in what the form sent. */
  readonly sent: ReadonlySet<string>;
}

interface Control {
  readonly pointer: string;
  readonly kind:
    'text' | 'number' | 'date' | 'email' | 'choice' | 'radio' | 'checks' | 'check' | 'secret' | 'file';
  readonly options: readonly string[];
  readonly value: string;
}

const listControls = `(within) => [...document.querySelectorAll(within + ' [data-pointer]')].map((element) => {
  const pointer = element.dataset.pointer;
  const radios = [...element.querySelectorAll('input[type=radio]')];
  if (radios.length > 0) {
    const value = radios.find(({ checked }) => checked)?.value ?? '';
    return { pointer, kind: 'radio', options: radios.map((radio) => radio.value), value };
  }
  const boxes = element.matches('fieldset') ? [...element.querySelectorAll('input[type=checkbox]')] : [];
  if (boxes.length > 0) {
    const values = boxes.filter(({ checked }) => checked).map((box) => box.value);
    return { pointer, kind: 'checks', options: boxes.map((box) => box.value), value: values.join(' ') };
  }
  if (element.matches('select')) {
    return { pointer, kind: 'choice', options: [...element.options].map((one) => one.value), value: element.value };
  }
  if (element.type === 'checkbox') {
    return { pointer, kind: 'check', options: ['true', 'false'], value: String(element.checked) };
  }
  const kind = element.matches('button') || element.type === 'password' ? 'secret'
    : element.inputMode === 'numeric' || element.inputMode === 'decimal' ? 'number'
    : ['file', 'date', 'email'].includes(element.type) ? element.type : 'text';
  return { pointer, kind, options: [], value: element.value ?? '' };
})`;

const samples: Readonly<Record<string, string>> = {
  text: 'sample',
  secret: 'sample-secret',
  email: 'sample@acme.example',
  number: '7',
  date: '2031-02-03',
};

const isThere = (body: unknown, pointer: string): boolean => {
  let value = body;
  for (const key of pointer.slice(1).split('/')) {
    if (typeof value !== 'object' || value === null || !(key in value)) return false;
    value = Reflect.get(value, key);
  }
  return value !== undefined;
};

/** Checks the boxes with these values, and no others. */
async function setBoxes(group: Locator, values: readonly string[]): Promise<void> {
  for (const box of await group.locator('input[type=checkbox]').all()) {
    await box.setChecked(values.includes((await box.getAttribute('value')) ?? ''));
  }
}

/** A refusal: the form stays as it is. */
const refuse = (route: Route): Promise<void> =>
  route.fulfill({
    status: 422,
    contentType: 'application/problem+json',
    body: JSON.stringify({ code: 'settings-invalid', title: 'Caught', status: 422, findings: [] }),
  });

/** Explores the form inside the element; requests that change something never reach the service. */
export async function exploreForm(page: Page, within: string): Promise<Exploration> {
  const shown = new Set<string>();
  const sent = new Set<string>();
  const tried = new Set<string>();
  let caught: unknown;
  await page.route('**/v1/**', async (route) => {
    const request = route.request();
    if (request.method() === 'GET') return route.continue();
    caught = request.postDataJSON();
    return refuse(route);
  });
  const controls = (): Promise<readonly Control[]> =>
    page.evaluate<readonly Control[]>(`(${listControls})(${JSON.stringify(within)})`);
  const at = (pointer: string): Locator => page.locator(`${within} [data-pointer="${pointer}"]`);

  const set = async ({ pointer, kind }: Control, value: string): Promise<void> => {
    if (kind === 'radio') await at(pointer).locator(`input[value="${value}"]`).check();
    else if (kind === 'checks') await setBoxes(at(pointer), value.split(' '));
    else if (kind === 'check') await at(pointer).setChecked(value === 'true');
    else if (kind === 'choice') await at(pointer).selectOption(value);
    else if (kind === 'secret') {
      const button = page.locator(`${within} button[data-pointer="${pointer}"]`);
      if ((await button.count()) > 0) await button.click();
      await page.locator(`${within} input[data-pointer="${pointer}"]`).fill(value);
    } else if (kind !== 'file') await at(pointer).fill(value);
  };
  const submit = async (): Promise<void> => {
    caught = undefined;
    const button = page.locator(`${within} button[type=submit]`);
    if (!(await button.isEnabled())) return;
    const answered = page.waitForResponse((response) => response.request().method() !== 'GET');
    await button.click();
    await answered;
    await page.locator(`${within} button[type=submit]:enabled`).waitFor();
  };
  const fillIn = async (visible: readonly Control[], turned: readonly string[]): Promise<void> => {
    const fresh = visible.filter(({ pointer, options }) => options.length === 0 && !sent.has(pointer));
    for (const control of fresh) await set(control, samples[control.kind] ?? '');
    const expected = [...fresh.map(({ pointer }) => pointer), ...turned].filter(
      (pointer) => !sent.has(pointer),
    );
    if (expected.length === 0) return;
    await submit();
    for (const pointer of expected) if (isThere(caught, pointer)) sent.add(pointer);
  };
  const visit = async (known: ReadonlySet<string>, turned: readonly string[]): Promise<void> => {
    const visible = await controls();
    for (const { pointer } of visible) shown.add(pointer);
    await fillIn(visible, turned);
    const fresh = visible.filter(({ pointer, options }) => options.length > 0 && !known.has(pointer));
    const all = new Set(visible.map(({ pointer }) => pointer));
    for (const choice of fresh.filter(({ pointer }) => !tried.has(pointer))) {
      tried.add(choice.pointer);
      for (const option of choice.options.filter((one) => one !== choice.value)) {
        await set(choice, option);
        await visit(all, [...turned, choice.pointer]);
      }
      await set(choice, choice.value);
    }
  };
  await visit(new Set(), []);
  await page.unroute('**/v1/**');
  return { shown, sent };
}
