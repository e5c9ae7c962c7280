import { afterEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { Group, type GroupOptions } from './group.ts';
import { breakerDefaults, type Target } from './target.ts';

const anInstance = (id: string): Instance => ({ id, name: 'things', address: id, port: 1, meta: {}, tags: [] });

let group: Group;
afterEach(() => group.close());

function open(ids: readonly string[], options: Partial<GroupOptions> = {}) {
  group = new Group({
    ...breakerDefaults,
    random: Math.random,
    onPhase: () => undefined,
    isAlive: async () => false,
    ...options,
  });
  group.update(ids.map(anInstance), 0);
  return group;
}

const target = (id: string): Target => {
  const found = group.targets.find(({ instance }) => instance.id === id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};
const phases = () => group.targets.map(({ phase }) => phase);

/** Has one instance fail so often, at one time. */
function fail(id: string, times: number, { nowMs = 1_000, isOutage = true } = {}): void {
  for (let turn = 0; turn < times; turn += 1) {
    target(id).inFlight += 1;
    group.failed(target(id), nowMs, 1, isOutage);
  }
}

function succeed(id: string, times: number, { nowMs = 1_000, tookMs = 5 } = {}): void {
  for (let turn = 0; turn < times; turn += 1) {
    target(id).inFlight += 1;
    group.succeeded(target(id), nowMs, tookMs);
  }
}

/** How often each instance is taken, when each request ends at once. */
function take(times: number, nowMs = 1_000): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let turn = 0; turn < times; turn += 1) {
    const taken = group.take(nowMs, false);
    const id = taken?.instance.id ?? 'none';
    counts[id] = (counts[id] ?? 0) + 1;
    if (taken) group.released(taken);
  }
  return counts;
}

describe('the instances of a subgraph', () => {
  it('share the requests in flight evenly', () => {
    open(['a', 'b', 'c', 'd']);

    for (let turn = 0; turn < 400; turn += 1) group.take(1_000, false);

    for (const { inFlight } of group.targets) expect(Math.abs(inFlight - 100)).toBeLessThan(15);
  });

  it('give more to whoever answers faster', () => {
    open(['a', 'b']);
    succeed('a', 20, { tookMs: 30 });
    succeed('b', 20, { tookMs: 10 });

    for (let turn = 0; turn < 40; turn += 1) group.take(1_000, false);

    expect(target('b').inFlight).toBeGreaterThan(2 * target('a').inFlight);
    expect(target('a').inFlight).toBeGreaterThan(5);
  });

  it('leave a frozen one alone after a few requests', () => {
    open(['frozen', 'b']);
    for (let turn = 0; turn < 200; turn += 1) {
      const taken = group.take(1_000, false);
      if (taken?.instance.id === 'b') group.succeeded(taken, 1_000, 5);
    }

    expect(target('frozen').inFlight).toBeLessThanOrEqual(5);
  });

  it('try a slow one again when it has had nothing to do for a while', () => {
    open(['a', 'b']);
    succeed('a', 5, { tookMs: 100 });
    succeed('b', 5, { tookMs: 10 });

    expect(take(100, 2_000)['a']).toBeUndefined();
    succeed('b', 1, { nowMs: 40_000, tookMs: 10 });

    expect(take(100, 40_000)['a']).toBeGreaterThan(10);
  });

  it('have a newcomer start slowly', () => {
    open(['a', 'b']);
    for (const id of ['a', 'b']) succeed(id, 5);

    group.update(['a', 'b', 'new'].map(anInstance), 1_000);
    const early = take(1_000, 1_100)['new'] ?? 0;
    const late = take(1_000, 11_000)['new'] ?? 0;

    expect(early).toBeLessThan(200);
    expect(late).toBeGreaterThan(250);
  });

  it('are set aside after five failures with nothing good in between', () => {
    open(['a', 'b']);
    succeed('b', 1);

    fail('a', 4);
    succeed('a', 1);
    fail('a', 4);
    const before = phases();
    fail('a', 1);

    expect(before).toEqual(['closed', 'closed']);
    expect(phases()).toEqual(['open', 'closed']);
    expect(take(50)).toEqual({ b: 50 });
  });

  it('are set aside when half of twenty in ten seconds failed', () => {
    open(['a', 'b']);

    for (let turn = 0; turn < 9; turn += 1) {
      fail('a', 1);
      succeed('a', 1);
    }
    const before = phases();
    fail('a', 2);

    expect(before).toEqual(['closed', 'closed']);
    expect(phases()).toEqual(['open', 'closed']);
  });

  it('are not judged by what is longer ago than ten seconds', () => {
    open(['a', 'b']);
    for (let turn = 0; turn < 9; turn += 1) {
      fail('a', 1);
      succeed('a', 1);
    }

    fail('a', 2, { nowMs: 12_000 });

    expect(phases()).toEqual(['closed', 'closed']);
  });

  it('are never set aside by more than half while any gives something', () => {
    open(['a', 'b', 'c', 'd']);
    succeed('d', 1, { nowMs: 900 });

    for (const id of ['a', 'b', 'c', 'd']) fail(id, 10, { nowMs: 1_000 });

    expect(phases()).toEqual(['open', 'open', 'closed', 'closed']);
  });

  it('are not all set aside for parts of answers', () => {
    open(['a', 'b']);

    for (const id of ['a', 'b']) fail(id, 30, { isOutage: false });

    expect(phases()).toEqual(['open', 'closed']);
  });

  it('are all set aside when none gives anything, so that nobody waits', () => {
    open(['a', 'b']);

    for (const id of ['a', 'b']) fail(id, 5);

    expect(phases()).toEqual(['open', 'open']);
    expect(take(3)).toEqual({ none: 3 });
  });

  it('come back by a probe and one good request', async () => {
    const alive = new Set<string>();
    open(['a', 'b'], { openMs: 20, urgentProbeMs: 10, isAlive: async ({ id }) => alive.has(id) });
    for (const id of ['a', 'b']) fail(id, 5);

    alive.add('a');
    await until(() => target('a').phase === 'half-open');
    const trial = group.take(performance.now(), false);
    const meanwhile = group.take(performance.now(), false);
    if (trial) group.succeeded(trial, performance.now(), 1);

    expect(trial?.instance.id).toBe('a');
    expect(meanwhile).toBeNull();
    expect(phases()).toEqual(['closed', 'open']);
  });

  it('are left alone for longer each time that the request on trial fails', async () => {
    const asked: number[] = [];
    const isAlive = async () => {
      asked.push(performance.now());
      return true;
    };
    open(['a', 'b'], { openMs: 40, isAlive });
    const startedAtMs = performance.now();
    fail('a', 5, { nowMs: startedAtMs });

    for (let turn = 0; turn < 2; turn += 1) {
      await until(() => target('a').phase === 'half-open');
      const trial = group.take(performance.now(), false);
      if (trial) group.failed(trial, performance.now(), 1, true);
    }
    await until(() => asked.length === 3);

    const [first = 0, second = 0, third = 0] = asked;
    expect(first - startedAtMs).toBeGreaterThanOrEqual(39);
    expect(second - first).toBeGreaterThanOrEqual(79);
    expect(third - second).toBeGreaterThanOrEqual(159);
  });

  it('take no mutation on trial while another takes it', async () => {
    open(['a', 'b'], { openMs: 5, isAlive: async () => true });
    fail('a', 5);
    await until(() => target('a').phase === 'half-open');

    expect(group.take(performance.now(), true)?.instance.id).toBe('b');
    expect(group.take(performance.now(), false)?.instance.id).toBe('a');
  });
});
