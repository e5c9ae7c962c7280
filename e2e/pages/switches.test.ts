import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import type { Page } from 'playwright-core';
import { openBrowser } from './chromium.ts';

/** A slow instance is halted for 400 of each 500 ms. */
const slowMs = 100;
const patience = { timeoutMs: 40_000 };

describe('the switches of the console, pressed in a browser', () => {
  let state: string;
  let stack: RunningStack;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'storefront-switches-'));
    stack = await startStack({ state, ports: 'free', isThrowaway: true });
    browser = await openBrowser();
    page = await browser.context.newPage();
    await page.goto(`${stack.gateway.http}/console`);
    await page.locator('main[data-state="shown"]').waitFor();
    await users().getByText('healthy').waitFor();
    const { email = '', password = '' } = stack.accounts.find(({ role }) => role === 'CUSTOMER') ?? {};
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: `Sign out ${email}` }).waitFor();
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await stack?.close();
    await rm(state, { recursive: true, force: true });
  }, 60_000);

  const users = () => page.getByRole('article', { name: 'Subgraph users' });
  const press = (name: string) => users().getByRole('button', { name, exact: true }).click();
  /** Runs an operation in the pane, and reads how long its fetch took and what errors there were. */
  async function run() {
    // Of what is somebody's own nothing is kept, so that each run asks.
    await page.getByRole('textbox', { name: 'Operation' }).fill('{ me { name } }');
    const answered = page.waitForResponse((response) => response.url().endsWith('/console/api/run'));
    await page.getByRole('button', { name: 'Run' }).click();
    const { result, explanation } = (await (await answered).json()) as {
      result: { data: { me: { name: string } | null }; errors?: { extensions: { code: string } }[] };
      explanation: { timings: { totalMs: number } };
    };
    return {
      name: result.data.me?.name,
      codes: result.errors?.map(({ extensions }) => extensions.code) ?? [],
      ms: explanation.timings.totalMs,
    };
  }

  it('slow: the card says so, the fetch takes its time, and all is as before at full speed', async () => {
    await press('Slow');
    await users().getByText('slowed').waitFor();
    const slowed = await until(async () => {
      const told = await run();
      return told.ms > slowMs && told;
    }, patience);
    const shown = await page.locator('.tree .fetch .ms').innerText();
    await press('Full speed');
    await users().getByText('healthy').waitFor();
    const healed = await until(async () => {
      const told = await run();
      return told.ms < slowMs && told;
    }, patience);

    expect(slowed).toMatchObject({ name: expect.any(String), codes: [] });
    expect(shown).toMatch(/^[\d,.]+ (ms|s)$/);
    expect(healed).toMatchObject({ name: slowed.name, codes: [] });
  }, 150_000);

  it('stop: what the others have is still answered, and all is as before when it is started', async () => {
    await press('Stop');
    await users().getByText('stopped').waitFor();
    const partial = await run();
    await page.locator('.plan-head').getByText('1 error').waitFor();
    await press('Start');
    await users().getByText('healthy').waitFor();
    const healed = await until(async () => {
      const told = await run();
      return told.codes.length === 0 && told;
    }, patience);

    expect(partial).toMatchObject({ name: undefined, codes: ['SUBGRAPH_UNAVAILABLE'] });
    expect(healed.name).toEqual(expect.any(String));
  }, 150_000);
});
