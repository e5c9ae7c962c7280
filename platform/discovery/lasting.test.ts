import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../log/log.ts';
import { until } from '../testing/until.ts';
import type { Instance, ServiceSummary } from './discovery.ts';
import { lastingDiscovery } from './lasting.ts';
import type { Watch } from './watch.ts';

const log = createLog({ service: 'test', level: 'silent' });
const anInstance = (id: string): Instance => ({
  id,
  name: 'users',
  address: id,
  port: 1,
  meta: {},
  tags: ['subgraph'],
});
const [one, two] = [anInstance('one'), anInstance('two')];

let watch: Watch | undefined;
afterEach(() => watch?.close());

function open(known: readonly Instance[], alive: Set<Instance>) {
  const told: string[] = [];
  const services: string[] = [];
  const memory = new Map<string, readonly Instance[]>(known.length > 0 ? [['users', known]] : []);
  let say: (found: readonly Instance[]) => void = () => undefined;
  let list: (found: readonly ServiceSummary[]) => void = () => undefined;
  const discovery = lastingDiscovery({
    discovery: {
      watchServices(onChange) {
        list = onChange;
        return { close: () => undefined };
      },
      watchInstances(_, onChange) {
        say = onChange;
        return { close: () => undefined };
      },
    },
    memory: { known: memory, remember: (name, found) => void memory.set(name, found) },
    log,
    isAlive: async (instance) => alive.has(instance),
    recheckMs: 10,
  });
  watch = discovery.watchInstances('users', (found) => told.push(found.map(({ id }) => id).join() || 'none'));
  discovery.watchServices((found) => services.push(found.map(({ name }) => name).join()), { tag: 'subgraph' });
  return {
    told,
    services,
    memory,
    say: (found: readonly Instance[]) => say(found),
    list: (found: readonly ServiceSummary[]) => list(found),
  };
}

describe('a lasting discovery', () => {
  it('begins with what was known before, services too', () => {
    const { told, services, list } = open([one], new Set());

    list([{ name: 'orders', tags: ['subgraph'] }]);

    expect(told).toEqual(['one']);
    expect(services).toEqual(['users', 'orders,users']);
  });

  it('does not believe that there is none while one answers, and does when none does', async () => {
    const alive = new Set([two]);
    const { told, say } = open([], alive);
    say([one, two]);

    say([]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const meanwhile = [...told];
    alive.clear();
    await until(() => told.length === 2);

    expect(meanwhile).toEqual(['one,two']);
    expect(told).toEqual(['one,two', 'none']);
  });

  it('believes what is not empty, and remembers it', () => {
    const { told, memory, say } = open([one], new Set([one]));

    say([two]);

    expect(told).toEqual(['one', 'two']);
    expect(memory.get('users')).toEqual([two]);
  });

  it('is not told late that there is none, when there is one again', async () => {
    const { told, say } = open([one], new Set());

    say([]);
    say([two]);
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(told).toEqual(['one', 'two']);
  });
});
