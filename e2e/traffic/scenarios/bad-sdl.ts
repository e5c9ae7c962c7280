import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@storefront/platform/testing/until.ts';
import { faultsOf, type Scenario } from '../../testing/scenarios/scenario.ts';
import { summarize } from '../world/load.ts';
import type { World } from '../world/world.ts';

const products = { query: '{ products(first: 3) { nodes { name } } }' };

/** The subgraphs that the gateway names as those that do not fit. */
async function misfits(gateway: string): Promise<readonly string[]> {
  const response = await fetch(`${new URL(gateway).origin}/ready`);
  const { graph } = (await response.json()) as { graph: { faults: { subgraphs: string[] }[] } };
  return graph.faults.flatMap(({ subgraphs }) => subgraphs);
}

export const badSdl: Scenario<World> = {
  name: 'bad-sdl',
  goal: 'an SDL that does not compose: the old graph serves, no query fails, and it is named',
  async play(world) {
    const { gateways, load: begin } = world;
    const load = begin(products, 50);
    const sdl = 'type Query { products: Int! }';
    const misfit = await world.serve({
      name: 'misfit',
      sdl,
      answer: async () => ({ status: 200, body: { data: null } }),
    });
    const startedAtMs = performance.now();
    const named = async (isNamed: boolean) => {
      for (const gateway of gateways)
        await until(async () => (await misfits(gateway)).includes('misfit') === isNamed, { timeoutMs: 20_000 });
    };
    await named(true);
    const namedMs = Math.round(performance.now() - startedAtMs);
    await delay(2_000);
    await misfit.close();
    await named(false);
    const all = summarize(await load.stop());
    return {
      measured: `${all.failed} of ${all.count} failed; named after ${namedMs} ms`,
      faults: faultsOf([[all.failed > 0, `some failed: ${all.codes}`]]),
    };
  },
};
