import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setEnvironmentData } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import type { Supergraph } from '../../composition/supergraph.ts';
import { composeSupergraph, loadPlanner } from './testing/load-planner.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const inThreads = { bigFromSelections: 1 };
const script = (name: string) => new URL(`./testing/${name}-thread.ts`, import.meta.url);

let supergraph: Supergraph;
let loaded: Awaited<ReturnType<typeof loadPlanner>>;

beforeAll(async () => {
  supergraph = await composeSupergraph({
    books: `${link} type Query { book(id: ID): Book } type Book @key(fields: "id") { id: ID! title: String }`,
    stars: `${link} type Book @key(fields: "id") { id: ID! stars: Int }`,
  });
}, 30_000);
afterEach(() => loaded.close());

describe('the plans of a graph', () => {
  it('come at once when they are there, for every document of the same text', async () => {
    loaded = await loadPlanner(supergraph);

    const first = loaded.plan('{ book { title stars } }');
    const second = loaded.plan('{ book { title stars } }');

    expect(first).not.toBeInstanceOf(Promise);
    expect(second).toBe(first);
  });

  it('are one for each combination of the variables that conditions mention, however many', async () => {
    loaded = await loadPlanner(supergraph);
    const names = ['a', 'b', 'c', 'd', 'e'];
    const source = `query (${names.map((name) => `$${name}: Boolean!`).join(' ')}) {
      ${names.map((name) => `${name}: book(id: "${name}") @include(if: $${name}) { stars }`).join(' ')} }`;

    const some = loaded.plan(source, { a: true, b: false, c: true, d: false, e: true });
    const others = loaded.plan(source, { a: true, b: false, c: true, d: false, e: false });
    const again = loaded.plan(source, { a: true, b: false, c: true, d: false, e: true });

    expect(again).toBe(some);
    expect(others).not.toBe(some);
  });

  it('stay within their bytes: what was not used for longest goes', async () => {
    loaded = await loadPlanner(supergraph, { planCacheBytes: 300_000 });
    const source = (n: number) => `query Number${n} { book(id: "${n}") { title stars } }`;
    const [kept, lost] = [loaded.plan(source(0)), loaded.plan(source(1))];

    for (let n = 2; n < 100; n += 1) {
      await loaded.plan(source(n));
      await loaded.plan(source(0));
    }

    expect(loaded.planner.cache.sizeBytes).toBeLessThanOrEqual(300_000);
    expect(loaded.planner.cache.plans).toBeGreaterThan(2);
    expect(loaded.planner.cache.plans).toBeLessThan(30);
    expect(loaded.plan(source(0))).toBe(kept);
    expect(loaded.plan(source(1))).not.toBe(lost);
  });

  it('are made all the same when one alone is too big to keep', async () => {
    loaded = await loadPlanner(supergraph, { planCacheBytes: 1_000 });

    const compiled = await loaded.plan('{ book { title } }');

    expect(compiled.program).not.toBeNull();
    expect(loaded.planner.cache.plans).toBe(0);
  });
});

describe('a big operation', () => {
  it('is planned once, in a thread, for all who ask at the time', async () => {
    loaded = await loadPlanner(supergraph, { ...inThreads, threads: 1 });
    expect(loaded.planner.threads.running).toBe(0);

    const asked = Array.from({ length: 5 }, () => loaded.plan('{ book { title stars } }'));
    const compiled = await Promise.all(asked.map((one) => Promise.resolve(one)));

    expect(asked.every((one) => one instanceof Promise)).toBe(true);
    expect(new Set(compiled).size).toBe(1);
    expect(loaded.planner.threads.running).toBe(1);
    expect(loaded.plan('{ book { title stars } }')).toBe(compiled[0]);
  });

  it('lets the thread end when there is nothing to plan for a while', async () => {
    loaded = await loadPlanner(supergraph, { ...inThreads, idleMs: 1 });

    await loaded.plan('{ book { title } }');

    await until(() => loaded.planner.threads.running === 0);
    await expect(loaded.plan('{ book { stars } }')).resolves.toMatchObject({ program: expect.anything() });
  });

  it('is planned again by another thread when the first dies', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'planning-'));
    setEnvironmentData('file', join(folder, 'killed'));
    loaded = await loadPlanner(supergraph, { ...inThreads, script: script('killed-once') });

    const compiled = await loaded.plan('{ book { title } }');
    rmSync(folder, { recursive: true });

    expect(compiled.program).not.toBeNull();
    expect(loaded.planner.threads.running).toBe(1);
  });

  it('is planned on the path where no thread can run', async () => {
    loaded = await loadPlanner(supergraph, { ...inThreads, script: script('dying') });

    const compiled = await loaded.plan('{ book { title } }');

    expect(compiled.program).not.toBeNull();
  });

  it('is planned on the path when the script of the thread is not there', async () => {
    const missing = pathToFileURL('/nowhere/thread.ts');
    loaded = await loadPlanner(supergraph, { ...inThreads, script: missing });

    const compiled = await loaded.plan('{ book { title } }');

    expect(compiled.program).not.toBeNull();
  });

  it('is refused when it takes too long, and again without a thread', async () => {
    loaded = await loadPlanner(supergraph, { ...inThreads, script: script('hanging'), taskTimeoutMs: 50 });

    await expect(loaded.plan('{ book { title } }')).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });

    expect(() => loaded.plan('{ book { title } }')).toThrow('too long');
    expect(loaded.planner.threads.running).toBe(0);
  });

  it('does not wait behind one that hangs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'planning-'));
    setEnvironmentData('file', join(folder, 'hung'));
    loaded = await loadPlanner(supergraph, { ...inThreads, script: script('hung-once'), taskTimeoutMs: 60_000 });
    const hung = Promise.resolve(loaded.plan('{ book { title } }')).catch(() => 'closed');
    await until(() => existsSync(join(folder, 'hung')));

    const compiled = await loaded.plan('{ book { stars } }');
    rmSync(folder, { recursive: true });

    expect(compiled.program).not.toBeNull();
    await loaded.close();
    await expect(hung).resolves.toBe('closed');
  });

  it('tells what is wrong with it as a small one does', async () => {
    loaded = await loadPlanner(supergraph, inThreads);

    await expect(loaded.plan('{ nothing }')).rejects.toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });
});
