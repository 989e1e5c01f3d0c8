import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import type { Test } from 'tap';
import { findProgram } from '../peers/known-peers.ts';

const timeoutMs = 60_000;

/** Debian's Chromium. One for a whole test file; each test has a context, and so cookies, of its own. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findProgram('chromium') ?? 'chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    timeout: timeoutMs,
  });
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page did wrong: uncaught errors, errors in the console, violations of the policy. */
  readonly mistakes: readonly string[];
}

export interface VisitOptions {
  readonly locale?: string;
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** Of the person; by default that of the machine. */
  readonly timezoneId?: string;
}

/** A person with a browser of their own. */
export async function visit(
  t: Pick<Test, 'teardown'>,
  browser: Browser,
  { locale = 'de-DE', width = 1280, height = 900, colorScheme = 'light', ...zone }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ locale, viewport: { width, height }, colorScheme, ...zone });
  t.teardown(() => context.close());
  context.setDefaultTimeout(timeoutMs);
  const page = await context.newPage();
  const mistakes: string[] = [];
  page.on('pageerror', (error) => mistakes.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A refusal that the page shows is also written to the console by the browser.
    const isAnswer = /Failed to load resource: .*status of (400|401|403|404|409|412|422|503)/.test(
      message.text(),
    );
    if (message.type() === 'error' && !isAnswer) mistakes.push(`console: ${message.text()}`);
  });
  return { context, page, mistakes };
}

/** What a person sees: all but the region for screen readers, which repeats sentences of the view for a while. */
export function visible(page: Page): Locator {
  return page.locator('header.top, .side, main, dialog, footer');
}

/** Signs in with a key, in whichever language the page speaks. */
export async function signIn(page: Page, address: string, key: string, hash = ''): Promise<void> {
  await page.goto(`${address}/${hash}`);
  await page.locator('#credential').fill(key);
  await page.locator('form button[type=submit]').click();
  await page.locator('nav.side').waitFor();
}
