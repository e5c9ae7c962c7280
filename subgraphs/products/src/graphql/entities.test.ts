import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PostgreSqlConnection } from '@mikro-orm/postgresql';
import type { TestService } from '../testing/service.ts';
import { startTestService } from '../testing/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

describe('entities', () => {
  it('are found by id and by sku, in the order of the references, null for what is not there', async () => {
    const representations = [{ id: '2' }, { sku: 'ENAMEL-MUG' }, { id: 'abc' }, { id: '1' }].map((key) => ({
      __typename: 'Product',
      ...key,
    }));
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on Product { id sku } } }`;

    const { data } = await service.ask({ query, variables: { representations } });

    const first = { id: '1', sku: 'ENAMEL-MUG' };
    expect(data).toEqual({ _entities: [{ id: '2', sku: 'LINEN-TEA-TOWEL' }, first, null, first] });
  });

  it('still show a product that was withdrawn, which the catalogue does not', async () => {
    const [id, sku] = ['12', 'TRAVEL-UMBRELLA'];
    await service.ask({ query: `mutation { deleteProduct(id: "${id}") { __typename } }`, scopes: ['products:write'] });

    const query = `{ byId: product(id: "${id}") { id } bySku: product(sku: "${sku}") { id }
      _entities(representations: [{ __typename: "Product", id: "${id}" }]) { ... on Product { sku } } }`;
    const { data } = await service.ask({ query });

    expect(data).toEqual({ byId: null, bySku: null, _entities: [{ sku }] });
  });
});

describe('the number of SQL statements', () => {
  async function count(query: string, variables: Record<string, unknown> = {}): Promise<number> {
    const spy = jest.spyOn(PostgreSqlConnection.prototype, 'execute');
    try {
      const { errors } = await service.ask({ query, variables });
      expect(errors).toBeUndefined();
      // The relay looks into its outbox meanwhile; the question's own statements are about products and stock.
      const statements = spy.mock.calls.map(([sql]) => (typeof sql === 'string' ? sql : ''));
      return statements.filter((sql) => /products|stock/.test(sql) && !sql.includes('outbox')).length;
    } finally {
      spy.mockRestore();
    }
  }

  it('does not grow with the length of a list, and stock costs one more only when it is asked for', async () => {
    const list = (first: number, fields: string) =>
      `{ products(first: ${first}) { nodes { id name price { formatted } ${fields} } } }`;

    await expect(count(list(2, ''))).resolves.toBe(1);
    await expect(count(list(2, 'stock { available }'))).resolves.toBe(2);
    await expect(count(list(100, 'stock { available inStock }'))).resolves.toBe(2);
  });

  it('does not grow with the number of references', async () => {
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on Product { name stock { available } } } }`;
    const byId = Array.from({ length: 10 }, (_, index) => ({ __typename: 'Product', id: String(index + 1) }));
    const bySku = ['ENAMEL-MUG', 'DESK-LAMP', 'FOUNTAIN-PEN'].map((sku) => ({ __typename: 'Product', sku }));

    await expect(count(query, { representations: byId.slice(0, 1) })).resolves.toBe(2);
    await expect(count(query, { representations: byId })).resolves.toBe(2);
    await expect(count(query, { representations: bySku })).resolves.toBe(2);
  });
});
