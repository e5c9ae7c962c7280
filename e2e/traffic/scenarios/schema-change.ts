import { setTimeout as delay } from 'node:timers/promises';
import { buildSchema, graphql } from 'graphql';
import { faultsOf, type Scenario } from '../../testing/scenarios/scenario.ts';
import { type Load, summarize } from '../world/load.ts';
import type { OwnInstance } from '../world/subgraph.ts';
import type { World } from '../world/world.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")\n';
const note = { text: 'buy milk', title: 'today' };
const oldQuestion = { query: '{ note { text } }' };
const newQuestion = { query: '{ note { title } }' };

/** One more instance of a version: it refuses what its schema does not have, as a real one does. */
function serve(world: World, fields: string): Promise<OwnInstance> {
  const types = `type Query { note: Note } type Note { ${fields} }`;
  const schema = buildSchema(types);
  return world.serve({
    name: 'notes',
    sdl: link + types,
    async answer({ query: source, variables: variableValues }) {
      const body = await graphql({ schema, source, variableValues, rootValue: { note } });
      return { status: body.data === undefined ? 400 : 200, body };
    },
  });
}

/** A rolling restart: a new instance first, then the old one leaves, and ends when what it has is done. */
async function roll(world: World, old: readonly OwnInstance[], fields: string, between: () => Promise<unknown>) {
  const fresh: OwnInstance[] = [];
  for (const instance of old) {
    fresh.push(await serve(world, fields));
    await delay(500);
    await instance.leave();
    await between();
    await delay(1_000);
    await instance.close();
  }
  return fresh;
}

const has = ({ errors }: { errors?: unknown }) => !errors;

export const schemaChange: Scenario<World> = {
  name: 'schema-change',
  goal: 'a field is added, clients move to it, the old one is removed, each by a rolling restart: no query fails',
  async play(world, { isShort }) {
    const { load: begin, everywhere, retire } = world;
    const first = [await serve(world, 'text: String'), await serve(world, 'text: String')];
    await everywhere(oldQuestion, has);
    const old = begin(oldQuestion, 100);
    const loads: Load[] = [];
    const second = await roll(world, first, 'text: String title: String', async () => {
      await everywhere(newQuestion, has);
      if (loads.length === 0) loads.push(begin(newQuestion, 100));
      await delay(isShort ? 500 : 3_000);
    });
    const expanded = summarize(await old.stop());
    const third = await roll(world, second, 'title: String', () => delay(isShort ? 2_000 : 4_000));
    await everywhere(oldQuestion, ({ errors }) => errors?.[0]?.extensions?.['code'] === 'GRAPHQL_VALIDATION_FAILED');
    const moved = summarize((await Promise.all(loads.map((load) => load.stop()))).flat());
    for (const instance of third) await instance.close();
    await retire('notes');
    return {
      measured: `${expanded.failed} of ${expanded.count} old queries failed, ${moved.failed} of ${moved.count} new ones`,
      faults: faultsOf([
        [expanded.failed > 0, `old ones failed: ${expanded.codes}`],
        [moved.failed > 0, `new ones failed: ${moved.codes}`],
      ]),
    };
  },
};
