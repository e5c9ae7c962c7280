import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '../testing/service.ts';
import { startTestService } from '../testing/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

describe('reading', () => {
  const fields = 'id sku name price { amountMinor currency formatted } stock { available inStock }';

  it('finds a product by id or by sku', async () => {
    const { data } = await service.ask({
      query: `{ a: product(id: "1") { ${fields} } b: product(sku: "ENAMEL-MUG") { ${fields} } }`,
    });

    const product = {
      id: '1',
      sku: 'ENAMEL-MUG',
      name: 'Enamel Mug',
      price: { amountMinor: 1_250, currency: 'EUR', formatted: '€12.50' },
      stock: { available: 100, inStock: true },
    };
    expect(data).toEqual({ a: product, b: product });
  });

  it.each(['id: "abc"', 'id: "0"', 'id: "99999999999999999999"', 'id: "1000000"', 'sku: "no such"'])(
    'finds nothing for %s, and that is no error',
    async (argument) => {
      await expect(service.ask({ query: `{ product(${argument}) { id } }` })).resolves.toEqual({
        status: 200,
        data: { product: null },
      });
    },
  );

  it.each(['', '(id: "1", sku: "ENAMEL-MUG")'])('wants either id or sku, not product%s', async (args) => {
    const { errors } = await service.ask({ query: `{ product${args} { id } }` });

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.each(['first: 0', 'first: 101', 'after: "junk"', 'after: "WzFd"', 'filter: { nameContains: "\\u0000" }'])(
    'refuses products(%s)',
    async (args) => {
      const { errors } = await service.ask({ query: `{ products(${args}) { nodes { id } } }` });

      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    },
  );

  it('refuses the cursor of another sort', async () => {
    type Page = { products: { pageInfo: { endCursor: string } } };
    const { data } = await service.ask<Page>({
      query: '{ products(first: 1, sort: NAME_ASC) { pageInfo { endCursor } } }',
    });

    const query = 'query ($after: String) { products(after: $after, sort: PRICE_ASC) { nodes { id } } }';
    const { errors } = await service.ask({ query, variables: { after: data.products.pageInfo.endCursor } });

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.each(['ID_ASC', 'NAME_ASC', 'PRICE_ASC', 'PRICE_DESC', 'NEWEST'])(
    'reads all of it page by page in the sort %s',
    async (sort) => {
      type Page = { products: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
      const query = `query ($after: String) { products(first: 5, after: $after, sort: ${sort}, filter: { maxPriceMinor: 10000 }) {
      nodes { id } pageInfo { hasNextPage endCursor } } }`;
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const { data }: { data: Page } = await service.ask<Page>({ query, variables: { after } });
        seen.push(...data.products.nodes.map(({ id }) => id));
        after = data.products.pageInfo.hasNextPage ? data.products.pageInfo.endCursor : null;
      } while (after !== null);

      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((id) => Number(id) <= 12)).toHaveLength(12);
    },
  );
});
