import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import type { Page } from 'playwright-core';
import { ask } from '../testing/graphql.ts';
import { account, sharedStack } from '../testing/stack.ts';
import { openBrowser } from './chromium.ts';

const stack = sharedStack();
const readAxe = () => readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** `UPDATE_PICTURES=1 npm test -- e2e/pages` takes the pictures of the documentation anew. */
const pictures = process.env['UPDATE_PICTURES'] ? 'docs/pictures' : 'node_modules/.cache/pictures';

describe('the console in a browser', () => {
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await openBrowser();
  }, 180_000);

  beforeEach(async () => {
    page = await browser.context.newPage();
    await page.setViewportSize({ width: 1360, height: 1000 });
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') faults.push(`asked for ${request.url()}`);
    });
    await page.goto(`${stack.gateway.http}/console`);
    await page.locator('main[data-state="shown"]').waitFor();
  }, 60_000);

  afterEach(() => page.close());

  afterAll(() => browser?.close());

  async function signIn(name: 'ada' | 'admin'): Promise<void> {
    const { email, password } = account(stack, name);
    const button = page.locator('#session');
    if ((await button.innerText()).startsWith('Sign out')) await button.click();
    await button.click();
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: `Sign out ${email}` }).waitFor();
  }

  /** What axe finds against WCAG 2.2 A and AA, each as rule and elements. */
  async function violations(): Promise<string[]> {
    await page.evaluate(readAxe());
    const found = await page.evaluate(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
         .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
    );
    return found as string[];
  }

  it('shows each subgraph with its instances and what it contributes, and traffic as it comes', async () => {
    for (const name of ['users', 'products', 'orders']) {
      const card = page.getByRole('article', { name: `Subgraph ${name}` });
      await card.getByText('healthy').waitFor();
      expect(await card.locator('summary').innerText()).toMatch(/Contributes \d+ types and \d+ fields/);
    }

    await ask(stack.gateway.graphql, { query: '{ product(id: 1) { name } }' });

    const chart = page.getByRole('img', { name: /Operations per second: .* [1-9][\d,]* operations in two minutes/ });
    await chart.waitFor();
    expect(faults).toEqual([]);
  }, 60_000);

  it('runs an operation and draws its plan: what waits for what, at which instance, how long, and what it cost', async () => {
    await page.getByRole('textbox', { name: 'Operation' }).fill('{ products(first: 2) { nodes { name unitsSold } } }');
    await page.keyboard.press('Control+Enter');

    const plan = page.getByRole('list', { name: 'The plan' });
    await plan.waitFor();

    const order = plan.getByRole('list', { name: 'One after the other' });
    expect(await order.locator('> li').allInnerTexts()).toEqual([
      expect.stringMatching(/^products root fields/),
      expect.stringMatching(
        /^orders products\.nodes\.@[^]*ms[^]*2 entities · [\d,]+ bytes · orders-\S+: 200 in .*, breaker closed/,
      ),
    ]);
    const facts = await page.locator('#plan').innerText();
    expect(facts).toMatch(/planned in [\d.]+ ms/);
    expect(facts).toMatch(/Cost\s+\d+ of \d+ estimated/);
    expect(facts).toMatch(/Cache\s+\d+ hits?, \d+ miss/);
    expect(faults).toEqual([]);
  }, 60_000);

  it('shows an order as it is placed, and each step of its saga', async () => {
    await signIn('ada');
    await page.getByRole('button', { name: 'Place an order' }).click();

    const order = page
      .getByRole('list', { name: /Orders/ })
      .getByRole('listitem')
      .first();
    await order.getByText(/Confirmed, |Cancelled, |Rejected, /).waitFor();

    expect(await order.innerText()).toContain('Placed ');
    expect(faults).toEqual([]);
  }, 60_000);

  it('refuses a wrong password in words, and can be used from the keyboard alone', async () => {
    await page.locator('#session').focus();
    if ((await page.locator('#session').innerText()).startsWith('Sign out')) await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.keyboard.type('nobody@example.com');
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');

    await until(async () => (await page.locator('#sign-in-fault').innerText()) !== '', { timeoutMs: 15_000 });
    await page.keyboard.press('Escape');

    expect(await page.getByRole('dialog').count()).toBe(0);
  }, 60_000);

  it.each(['light', 'dark'] as const)(
    'has nothing that axe finds wrong, when it is %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await signIn('admin');
      await page.getByRole('button', { name: 'Place an order' }).click();
      await page.getByRole('button', { name: 'Run' }).click();
      await page
        .getByRole('list', { name: /Orders/ })
        .getByRole('listitem')
        .first()
        .waitFor();
      await page.locator('.tree .fetch').first().waitFor();

      const found = await violations();
      await page.screenshot({ path: `${pictures}/console-${colorScheme}.png`, fullPage: true });

      expect(found).toEqual([]);
      expect(faults).toEqual([]);
    },
    90_000,
  );

  it('has a page of events, which is as good', async () => {
    await page.goto(`${stack.gateway.http}/api/events`);

    expect(await page.getByRole('article').count()).toBeGreaterThan(10);
    expect(await violations()).toEqual([]);
  }, 60_000);

  it('has a picture of the IDE for the documentation', async () => {
    await page.goto(`${stack.gateway.http}/ide`);
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
    await page.getByRole('button', { name: /execute/i }).click();
    await page.locator('.graphiql-response', { hasText: 'formatted' }).waitFor();
    await page.screenshot({ path: `${pictures}/ide.png` });

    expect(faults).toEqual([]);
  }, 60_000);
});

describe('the switches', () => {
  it('obey the console alone: neither a form of another page nor somebody without the header', async () => {
    const url = `${stack.gateway.http}/console/api/services/orders/stop`;

    const form = await fetch(url, { method: 'POST' });
    const unknown = await fetch(url.replace('/stop', '/explode'), { method: 'POST', headers: { 'x-console': '1' } });

    expect(form.status).toBe(403);
    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toMatchObject({ detail: expect.stringContaining('stop, start, slow, steady') });
  });
});
