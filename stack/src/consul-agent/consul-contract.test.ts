import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findOnPath } from '../servers/programs.ts';
import { createAsker, onFreePort, startOwnAgent, startRealAgent } from './testing/agents.ts';
import type { Agent } from './testing/agents.ts';

const agents = [
  { name: 'the development agent', start: startOwnAgent, isHere: true },
  { name: 'the real Consul', start: startRealAgent, isHere: findOnPath('consul') !== null },
];

for (const { name, start } of agents.filter(({ isHere }) => isHere)) {
  describe(`Consul's HTTP API, as served by ${name}`, () => {
    let agent: Agent;
    let ask: ReturnType<typeof createAsker>;
    beforeAll(async () => {
      agent = await start();
      ask = createAsker(agent.url);
    }, 30_000);
    afterAll(() => agent.close());

    const register = (service: Record<string, unknown>) => ask('PUT', '/v1/agent/service/register', service);
    const passing = (service: string, query = '') => ask('GET', `/v1/health/service/${service}?passing=1${query}`);

    it('puts an index above zero on every answer, a 404 included', async () => {
      const answers = await Promise.all([
        ask('GET', '/v1/agent/self'),
        ask('GET', '/v1/catalog/services'),
        ask('GET', '/v1/health/service/nobody'),
        ask('GET', '/v1/kv/nothing'),
      ]);

      const [, ...indexed] = answers;
      expect(indexed.map(({ index }) => index > 0)).toEqual([true, true, true]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404]);
    });

    it('lists a registered service with its tags, address, port and meta until it is deregistered', async () => {
      await register({
        ID: 'listed-1',
        Name: 'listed',
        Tags: ['subgraph'],
        Address: '127.0.0.1',
        Port: 4001,
        Meta: { sdlHash: 'abc' },
      });

      const catalog = await ask('GET', '/v1/catalog/services');
      const instances = await passing('listed');
      const services = await ask('GET', '/v1/agent/services');
      await ask('PUT', '/v1/agent/service/deregister/listed-1');

      expect(catalog.body).toMatchObject({ listed: ['subgraph'], consul: [] });
      expect(instances.body).toMatchObject([
        { Service: { ID: 'listed-1', Address: '127.0.0.1', Port: 4001, Meta: { sdlHash: 'abc' } } },
      ]);
      expect(services.body).toMatchObject({ 'listed-1': { Service: 'listed', Tags: ['subgraph'] } });
      expect((await passing('listed')).body).toEqual([]);
      expect((await ask('GET', '/v1/catalog/services')).body).not.toHaveProperty('listed');
    });

    it('answers a blocking query when an instance arrives, with a higher index', async () => {
      const before = await passing('awaited');

      const awaited = passing('awaited', `&index=${before.index}&wait=20s`);
      await register({ ID: 'awaited-1', Name: 'awaited', Port: 4002 });
      const after = await awaited;

      expect(after.body).toMatchObject([{ Service: { ID: 'awaited-1' } }]);
      expect(after.index).toBeGreaterThan(before.index);
    });

    it('answers a blocking query with the same index when its wait has gone by', async () => {
      await register({ ID: 'quiet-1', Name: 'quiet', Port: 4003 });
      const before = await passing('quiet');
      const startedAt = performance.now();

      const after = await passing('quiet', `&index=${before.index}&wait=1s`);

      expect(performance.now() - startedAt).toBeGreaterThan(900);
      expect(after).toEqual(before);
    });

    it('wakes a watcher of the catalogue when a service leaves', async () => {
      await register({ ID: 'leaving-1', Name: 'leaving', Port: 4004 });
      const before = await ask('GET', '/v1/catalog/services');

      const awaited = ask('GET', `/v1/catalog/services?index=${before.index}&wait=20s`);
      await ask('PUT', '/v1/agent/service/deregister/leaving-1');

      expect((await awaited).body).not.toHaveProperty('leaving');
    });

    it('registers an HTTP check with the status it is given, then follows what the service answers', async () => {
      let status = 200;
      const service = await onFreePort(createServer((_request, response) => response.writeHead(status).end()));
      const check = { HTTP: `${service.url}/health`, Interval: '200ms', Timeout: '1s', Status: 'passing' };
      await register({ ID: 'checked-1', Name: 'checked', Port: service.port, Check: check });
      const before = await passing('checked');

      status = 503;
      const after = await passing('checked', `&index=${before.index}&wait=20s`);
      const all = await ask('GET', '/v1/health/service/checked');
      await service.close();

      expect(before.body).toHaveLength(1);
      expect(after.body).toEqual([]);
      expect(all.body).toMatchObject([
        { Checks: expect.arrayContaining([expect.objectContaining({ Status: 'critical', ServiceID: 'checked-1' })]) },
      ]);
    }, 30_000);

    it('turns a TTL check critical when nobody beats, and passing again on a beat', async () => {
      await register({
        ID: 'beating-1',
        Name: 'beating',
        Port: 4005,
        Check: { CheckID: 'beat', TTL: '300ms', Status: 'passing' },
      });
      const before = await passing('beating');

      const silent = await passing('beating', `&index=${before.index}&wait=20s`);
      await ask('PUT', '/v1/agent/check/pass/beat?note=here');

      expect(silent.body).toEqual([]);
      expect((await passing('beating')).body).toHaveLength(1);
    }, 30_000);

    it('refuses a beat for a check that it does not know', async () => {
      const { status } = await ask('PUT', '/v1/agent/check/pass/unknown');

      expect(status).toBeGreaterThanOrEqual(400);
    });

    it('takes a service in maintenance out of the passing ones and back', async () => {
      await register({ ID: 'tended-1', Name: 'tended', Port: 4006 });

      await ask('PUT', '/v1/agent/service/maintenance/tended-1?enable=true&reason=later');
      const during = await passing('tended');
      await ask('PUT', '/v1/agent/service/maintenance/tended-1?enable=false');

      expect(during.body).toEqual([]);
      expect((await passing('tended')).body).toHaveLength(1);
    });

    it('says no to a registration without a name, a check without an interval and an unknown service', async () => {
      const nameless = await register({ Port: 1 });
      const unclocked = await register({ Name: 'unclocked', Check: { HTTP: 'http://127.0.0.1:1/' } });
      const unknown = await ask('PUT', '/v1/agent/service/deregister/unknown');

      expect([nameless.status, unclocked.status, unknown.status]).toEqual([400, 400, 404]);
    });

    it('stores, lists and deletes keys, and a compare-and-set writes only over the index it names', async () => {
      await ask('PUT', '/v1/kv/shop/one', 'first');
      const [entry] = (await ask('GET', '/v1/kv/shop/one')).body as [{ Value: string; ModifyIndex: number }];

      const stale = await ask('PUT', `/v1/kv/shop/one?cas=${entry.ModifyIndex + 1}`, 'lost');
      const fresh = await ask('PUT', `/v1/kv/shop/one?cas=${entry.ModifyIndex}`, 'second');
      const taken = await ask('PUT', '/v1/kv/shop/one?cas=0', 'third');
      const keys = await ask('GET', '/v1/kv/shop/?keys=true');
      await ask('DELETE', '/v1/kv/shop/?recurse=true');

      expect(Buffer.from(entry.Value, 'base64').toString()).toBe('first');
      expect([stale.body, fresh.body, taken.body]).toEqual([false, true, false]);
      expect(keys.body).toEqual(['shop/one']);
      expect((await ask('GET', '/v1/kv/shop/?recurse=true')).status).toBe(404);
    });
  });
}
