import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { anonymous, type Caller } from '@storefront/platform/identity/caller.ts';
import type { OperationRequest } from '../engine/engine.ts';
import { encodeResult } from '../engine/result.ts';
import { type MemoryGraph, startMemoryGraph } from '../engine/testing/memory-graph.ts';
import { aRequest } from '../engine/testing/test-graph.ts';
import { createEntityCache, type EntityCache } from './entity-cache.ts';
import type { FetchCache } from './fetch-cache.ts';
import type { CachingSink } from './tell-caching.ts';
import { fillShop, type ShopProduct, shopSubgraphs, watchClient } from './testing/cached-shop.ts';

const SECOND_MS = 1_000;
let graph: MemoryGraph;
let cache: EntityCache;
let nowMs: number;
let isCurrent: boolean;

const { watched, wrap } = watchClient();
const listeners: (() => void)[] = [];
const products = new Map<string, ShopProduct>();

beforeAll(async () => {
  const current: FetchCache = {
    answer: (question) => cache.answer(question),
    purge: (tags) => cache.purge(tags),
    onPurge: (listener) => void listeners.push(listener),
    follow: () => undefined,
  };
  graph = await startMemoryGraph(shopSubgraphs({ products }), { wrap, cache: current });
});
beforeEach(() => {
  fillShop({ products });
  watched.reset();
  graph.intercept = () => undefined;
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  isCurrent = true;
  cache = createEntityCache({ shared: null, isCurrent: () => isCurrent, now: () => nowMs });
  for (const listener of listeners) cache.onPurge(listener);
});
afterAll(() => graph.close());

type Part = Partial<OperationRequest>;
async function ask(source: string, part: Part = {}) {
  const caching: CachingSink = { cacheReport: null };
  const result = await graph.engine.execute({ ...aRequest(source), caching, ...part });
  const { data, errors } = JSON.parse(String(encodeResult(result))) as { data: unknown; errors?: unknown[] };
  return { data, errors, report: caching.cacheReport };
}
const user = (userId: string, ...scopes: string[]): Caller => ({ kind: 'user', userId, scopes: new Set(scopes) });
const shelf = (ids: readonly string[], fields = 'price') => `{ shelf(ids: ${JSON.stringify(ids)}) { ${fields} } }`;
const toProducts = () => watched.seen.filter(({ subgraph }) => subgraph === 'products');
const pass = (seconds: number) => {
  nowMs += seconds * SECOND_MS;
};
const reprice = (id: string, price: number) => {
  const product = products.get(id);
  if (product) product.price = price;
};

describe('entities', () => {
  it('that are kept are not asked for again, and only the missing ones are', async () => {
    await ask(shelf(['1', '2']));

    const { data } = await ask(shelf(['3', '1', '2']));

    expect(data).toEqual({ shelf: [{ price: 10 }, { price: 10 }, { price: 10 }] });
    expect(toProducts().map(({ ids }) => ids)).toEqual([['1', '2'], ['3']]);
  });

  it('are told to whoever explains an operation at the fetch of the plan that they are asked for by', async () => {
    const { explanation } = await graph.engine.explain(aRequest(shelf(['1', '2'])), { executes: true });

    const { plan } = explanation;
    expect(plan).toMatchObject({
      kind: 'sequence',
      steps: [
        { number: 1, runs: [{ number: 1, entities: null }] },
        { number: 2, subgraph: 'products', runs: [{ number: 2, entities: 2 }] },
      ],
    });
  });

  it('are told apart by what is asked of them', async () => {
    await ask(shelf(['1']));

    const { data } = await ask(shelf(['1'], 'name price'));

    expect(data).toEqual({ shelf: [{ name: 'thing 1', price: 10 }] });
    expect(toProducts()).toHaveLength(2);
  });

  it('are as long kept as the graph says, and no longer', async () => {
    await ask(shelf(['1'], 'price stock { available }'));
    reprice('1', 20);

    pass(9);
    const early = await ask(shelf(['1'], 'price stock { available }'));
    pass(2);
    const late = await ask(shelf(['1'], 'price stock { available }'));

    expect(early.data).toMatchObject({ shelf: [{ price: 10 }] });
    expect(late.data).toMatchObject({ shelf: [{ price: 20 }] });
  });

  it('that are thrown away by their tag are asked for again, and no others', async () => {
    await ask(shelf(['1', '2']));
    reprice('1', 20);

    await cache.purge(['product-1', 'product-*']);
    const { data } = await ask(shelf(['1', '2']));

    expect(data).toEqual({ shelf: [{ price: 20 }, { price: 10 }] });
    expect(toProducts().map(({ ids }) => ids)).toEqual([['1', '2'], ['1']]);
  });

  it('stay when only what they were not asked for changes', async () => {
    await ask(shelf(['1']));
    await ask(shelf(['1'], 'stock { available }'));

    await cache.purge(['stock-1', 'stock-*']);
    await ask(shelf(['1']));
    await ask(shelf(['1'], 'stock { available }'));

    expect(toProducts()).toHaveLength(3);
  });

  it('that are not there, or come with an error, are not kept; their siblings are', async () => {
    graph.intercept = ({ subgraph, variables }) =>
      subgraph === 'products' && (variables['representations'] as unknown[]).length > 1
        ? {
            data: { _entities: [{ price: 1 }, { price: null }, null] },
            errors: [{ message: 'broken', path: ['_entities', 1, 'price'] }],
          }
        : undefined;
    const faulty = await ask(shelf(['1', '2', '9']));
    graph.intercept = () => undefined;

    const { data } = await ask(shelf(['1', '2', '9']));

    expect(faulty.errors).toMatchObject([{ path: ['shelf', 1, 'price'] }, { path: ['shelf', 2, 'price'] }]);
    expect(data).toEqual({ shelf: [{ price: 1 }, { price: 10 }, null] });
    expect(toProducts().map(({ ids }) => ids)).toEqual([
      ['1', '2', '9'],
      ['2', '9'],
    ]);
  });
});

describe('fetches of root fields', () => {
  it('are kept by their arguments', async () => {
    await ask('{ product(id: "1") { price } }');
    await ask('query ($id: ID!) { product(id: $id) { price } }', { variables: { id: '1' } });
    await ask('query ($id: ID!) { product(id: $id) { price } }', { variables: { id: '2' } });
    reprice('1', 20);
    reprice('2', 20);

    await cache.purge(['product-2', 'product-*']);
    const [one, other, third] = await Promise.all([
      ask('{ product(id: "1") { price } }'),
      ask('query ($id: ID!) { product(id: $id) { price } }', { variables: { id: '1' } }),
      ask('query ($id: ID!) { product(id: $id) { price } }', { variables: { id: '2' } }),
    ]);

    expect([one.data, other.data, third.data]).toEqual([10, 10, 20].map((price) => ({ product: { price } })));
  });

  it('that may hold anything go with every change of their kind', async () => {
    await ask('{ products { price } }');
    await cache.purge(['stock-3', 'stock-*']);
    await ask('{ products { price } }');
    const before = toProducts().length;

    await cache.purge(['product-3', 'product-*']);
    await ask('{ products { price } }');

    expect([before, toProducts().length]).toEqual([1, 2]);
  });

  it('have tags that depend on an argument only where it is given', async () => {
    const list = 'query ($inStock: Boolean) { products(inStock: $inStock) { price } }';
    await ask(list);
    await ask(list, { variables: { inStock: true } });

    await cache.purge(['stock-1', 'stock-*']);
    await ask(list);
    await ask(list, { variables: { inStock: true } });

    expect(toProducts()).toHaveLength(3);
  });

  it('of which nothing is said are never kept', async () => {
    await ask('{ uncached { price } }');
    await ask('{ uncached { price } }');

    expect(toProducts()).toHaveLength(2);
  });
});

describe('a change', () => {
  it('is not undone by a fetch that began before it and comes later', async () => {
    const read = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    watched.after = async ({ subgraph }) => {
      if (subgraph !== 'products') return;
      read.resolve();
      await release.promise;
    };
    const early = ask(shelf(['1']));
    await read.promise;
    reprice('1', 20);
    await cache.purge(['product-1', 'product-*']);
    watched.after = async () => undefined;

    const meanwhile = await ask(shelf(['1']));
    release.resolve();
    await early;
    const after = await ask(shelf(['1']));

    expect(meanwhile.data).toEqual({ shelf: [{ price: 20 }] });
    expect(after.data).toEqual({ shelf: [{ price: 20 }] });
  });

  it('through this gateway is seen at once', async () => {
    await ask('{ products { price } }');
    await ask('{ product(id: "1") { price } }');

    await ask('mutation { reprice(id: "1", price: 20) }');
    const list = await ask('{ products { price } }');
    const one = await ask('{ product(id: "1") { price } }');

    expect(list.data).toMatchObject({ products: [{ price: 20 }, { price: 10 }, { price: 10 }] });
    expect(one.data).toEqual({ product: { price: 20 } });
  });

  it('that cannot be heard of lets nothing be given', async () => {
    await ask('{ products { price } }');
    reprice('1', 20);

    isCurrent = false;
    const { data } = await ask('{ products { price } }');

    expect(data).toMatchObject({ products: [{ price: 20 }, {}, {}] });
    expect(cache.stats.bypassed).toBe(1);
  });
});

describe('who asks', () => {
  it('does not matter for what is public: it is asked for as nobody', async () => {
    await ask('{ products { price } }', { caller: user('1', 'secrets') });
    await ask('{ products { price } }', { caller: user('2') });

    expect(toProducts().map(({ caller }) => caller)).toEqual([anonymous]);
  });

  it.each(['{ product(id: "1") { mine } }', '{ secrets { price } }'])(
    'gets what is private for himself: %s',
    async (query) => {
      const [ada, bob] = [user('1', 'secrets'), user('2', 'secrets')];
      await ask(query, { caller: ada });
      await ask(query, { caller: bob });
      await ask(query, { caller: user('1', 'secrets', 'more') });
      await ask(query, { caller: user('1', 'secrets') });

      expect(toProducts().map(({ caller }) => (caller.kind === 'user' ? caller.userId : ''))).toEqual(['1', '2', '1']);
    },
  );

  it('asks for himself where the subgraph refuses nobody in particular', async () => {
    graph.intercept = () => ({ data: null, errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] });
    await ask('{ product(id: "1") { price } }', { caller: user('1') });
    graph.intercept = () => undefined;

    const { data } = await ask('{ product(id: "1") { price } }', { caller: user('1') });

    expect(data).toEqual({ product: { price: 10 } });
    expect(toProducts().map(({ caller }) => caller.kind)).toEqual(['anonymous', 'user', 'user']);
  });
});

describe('a subgraph', () => {
  it.each(['no-store', 'no-cache', 'private', 'max-age=0'])(
    'that says %s is asked each time, for each caller',
    async (header) => {
      watched.cacheControl = header;
      for (const userId of ['1', '2']) await ask('{ product(id: "1") { price } }', { caller: user(userId) });

      const kinds = toProducts().map(({ caller }) => (caller.kind === 'user' ? caller.userId : caller.kind));
      expect(kinds).toEqual(['anonymous', '1', '2']);
    },
  );

  it('may say less than the graph', async () => {
    watched.cacheControl = 'public, max-age=5';
    await ask('{ product(id: "1") { price } }');

    pass(4);
    await ask('{ product(id: "1") { price } }');
    pass(40);
    await ask('{ product(id: "1") { price } }');

    expect(toProducts()).toHaveLength(2);
  });

  it('that fails is replaced by what is past its time, where the graph allows it', async () => {
    await ask('{ products { price } }');
    await ask('{ product(id: "1") { stock { available } } }');
    pass(300);
    watched.before = () => Promise.reject(new CodedError('SUBGRAPH_UNAVAILABLE', 'away', { httpStatus: 503 }));

    const list = await ask('{ products { price } }');
    const stock = await ask('{ product(id: "1") { stock { available } } }');
    await cache.purge(['product-1', 'product-*']);
    const changed = await ask('{ products { price } }');

    expect(list).toMatchObject({ data: { products: [{ price: 10 }, {}, {}] }, errors: undefined });
    expect(list.report).toMatchObject({ stale: 1, ageMs: 300 * SECOND_MS });
    expect(stock.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }]);
    expect(changed.data).toBeNull();
  });

  it('that fails takes nothing from what is kept of other entities', async () => {
    await ask(shelf(['1']));
    watched.before = async ({ subgraph }) => {
      if (subgraph === 'products') throw new CodedError('SUBGRAPH_UNAVAILABLE', 'away', { httpStatus: 503 });
    };

    const { data, errors } = await ask(shelf(['1', '2']));

    expect(data).toEqual({ shelf: [{ price: 10 }, null] });
    expect(errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }]);
  });
});

describe('what is past its time', () => {
  it('is given at once while it is read anew, once', async () => {
    const again = Promise.withResolvers<void>();
    await ask('{ product(id: "1") { price } }');
    reprice('1', 20);
    pass(70);
    watched.after = async () => again.resolve();

    const stale = await Promise.all(
      ['1', '2'].map((id) => ask('{ product(id: "1") { price } }', { caller: user(id) })),
    );
    await again.promise;
    await new Promise(setImmediate);
    const fresh = await ask('{ product(id: "1") { price } }');

    expect(stale.map(({ data }) => data)).toEqual([{ product: { price: 10 } }, { product: { price: 10 } }]);
    expect(fresh.data).toEqual({ product: { price: 20 } });
    expect(toProducts()).toHaveLength(2);
  });
});

describe('a thousand at once', () => {
  it('who ask for one thing that is not kept make one fetch', async () => {
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => ask('{ products { price } }', { caller: user(String(index)) })),
    );

    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(toProducts()).toHaveLength(1);
  });

  it('who ask for sets of entities that overlap ask for each of them once', async () => {
    const ids = ['1', '2', '3'];
    await Promise.all(Array.from({ length: 60 }, (_, index) => ask(shelf(ids.slice(0, 1 + (index % 3))))));

    expect(
      toProducts()
        .flatMap((send) => send.ids)
        .toSorted(),
    ).toEqual(ids);
  });

  it('are not held up by one who leaves', async () => {
    const leaving = new AbortController();
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    watched.before = async () => {
      arrived.resolve();
      await release.promise;
    };
    const first = ask('{ products { price } }', { caller: user('1'), signal: leaving.signal });
    await arrived.promise;
    const second = ask('{ products { price } }', { caller: user('2') });

    leaving.abort(new Error('the client has left'));
    await first;
    release.resolve();

    expect((await second).errors).toBeUndefined();
    expect(toProducts()).toHaveLength(1);
  });
});

describe('a client', () => {
  it('that says no-store is answered anew, and leaves nothing', async () => {
    await ask('{ products { price } }', { noStore: true });
    await ask('{ products { price } }');
    await ask('{ products { price } }', { noStore: true });

    expect(toProducts()).toHaveLength(3);
  });

  it('that says no-cache is answered anew, and the others have that', async () => {
    await ask('{ products { price } }');
    reprice('1', 20);

    const anew = await ask('{ products { price } }', { noCache: true });
    const next = await ask('{ products { price } }');

    expect(anew.data).toMatchObject({ products: [{ price: 20 }, {}, {}] });
    expect(next.data).toEqual(anew.data);
    expect(toProducts()).toHaveLength(2);
  });

  it('hears how old an answer is, and how long it may be kept: as long as the least of it', async () => {
    await ask('{ products { price } }');
    pass(7);

    const { report } = await ask('{ products { price } product(id: "1") { stock { available } } }');
    const both = await ask('{ products { price } }');
    const uncached = await ask('{ products { price } uncached { price } }');

    expect(report).toMatchObject({ policy: { maxAgeSeconds: 10, isPrivate: false }, hits: 0, misses: 1, ageMs: 0 });
    expect(both.report).toMatchObject({ policy: { maxAgeSeconds: 60 }, hits: 1, misses: 0, ageMs: 7 * SECOND_MS });
    expect(uncached.report).toBeNull();
  });

  it('is told what the cache had to do with it when it asks', async () => {
    const cacheOf = async () => {
      const caching: CachingSink = { cacheReport: null };
      const result = await graph.engine.execute({ ...aRequest('{ products { price } }'), caching, tellsCache: true });
      return result.extensions?.['cache'];
    };

    const told = [await cacheOf(), await cacheOf()];

    const always = { maxAge: 60, scope: 'PUBLIC', age: 0, stale: 0 };
    expect(told).toEqual([
      { ...always, hits: 0, misses: 1 },
      { ...always, hits: 1, misses: 0 },
    ]);
  });

  it('gets the same bytes whether the memo, the cache or the subgraph has them', async () => {
    const text = async () => String(encodeResult(await graph.engine.execute(aRequest('{ products { name price } }'))));

    const texts = [await text(), await text(), await text(), await text()];

    expect(new Set(texts).size).toBe(1);
    expect(toProducts()).toHaveLength(1);
  });
});
