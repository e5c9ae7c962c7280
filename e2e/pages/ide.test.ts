import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import type { Page } from 'playwright-core';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { ask } from '../testing/graphql.ts';
import { sharedStack } from '../testing/stack.ts';
import { openBrowser } from './chromium.ts';

const stack = sharedStack();

describe('the IDE in a browser', () => {
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    browser = await openBrowser();
  }, 180_000);

  beforeEach(async () => {
    page = await browser.context.newPage();
    faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') faults.push(`asked for ${request.url()}`);
    });
    await page.goto(`${stack.gateway.http}/ide`);
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
  }, 60_000);

  afterAll(() => browser?.close());

  /**
   * Replaces what an editor holds, as a paste does: typing would meet the editor's own brackets. While the page is still
   * loading the editor may lose what it got, so look, and write again.
   */
  async function write(editor: string, text: string): Promise<void> {
    const lines = page.locator(`${editor} .view-lines`);
    await until(
      async () => {
        await lines.click();
        await page.keyboard.press('Control+A');
        await page.keyboard.insertText(text);
        await page.waitForTimeout(200);
        return withoutSpace(await lines.innerText()) === withoutSpace(text);
      },
      { timeoutMs: 20_000 },
    );
  }

  /** The editor wraps lines and shows its spaces as another character. */
  const withoutSpace = (text: string) => text.replaceAll(/\s/g, '');

  const execute = () => page.getByRole('button', { name: /execute/i }).click();
  const answerWith = (text: string) => page.locator('.graphiql-response', { hasText: text }).waitFor();

  it('answers a query without the internet', async () => {
    await write('.graphiql-query-editor', 'query Typed { product(id: 1) { sku stock { inStock } } }');
    await execute();

    await answerWith('"inStock": true');
    expect(faults).toEqual([]);
  }, 60_000);

  it('shows a subscription event as it arrives', async () => {
    const ada: Customer = await newCustomer(stack, 'Ada');
    await page.getByRole('button', { name: 'Headers' }).click();
    await write(
      '.graphiql-editor-tool .graphiql-editor:not(.hidden)',
      JSON.stringify({ authorization: `Bearer ${ada.token}` }),
    );
    await write(
      '.graphiql-query-editor',
      'subscription Live { orderCreated { type order { buyer { name } total { formatted } } } }',
    );
    await execute();

    await placeOrdersUntilSeen(ada, answerWith('"order.created"'));

    await answerWith(`"name": "${ada.name}"`);
    expect(faults).toEqual([]);
  }, 60_000);

  /** A browser does not say when its subscription has begun, so order again until something was seen. */
  async function placeOrdersUntilSeen({ token }: Customer, seen: Promise<void>): Promise<void> {
    const progress = { isSeen: false };
    const noticed = seen.then(() => (progress.isSeen = true));
    while (!progress.isSeen) {
      const query = 'mutation { createOrder(input: { lines: [{ productId: 6 }] }) { __typename } }';
      await ask(stack.gateway.graphql, { token, query });
      await Promise.race([noticed, page.waitForTimeout(1_000)]);
    }
  }
});

describe('the page at /graphql', () => {
  it('is Apollo Sandbox with the address of subscriptions, for browsers alone', async () => {
    const html = await (await fetch(stack.gateway.graphql, { headers: { accept: 'text/html' } })).text();
    const json = await fetch(stack.gateway.graphql, { headers: { accept: 'application/json' } });

    expect(html).toContain('sandbox');
    expect(html).toMatch(/subscription/i);
    expect(json.headers.get('content-type')).not.toContain('html');
  });
});
