import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from '../../testing/scenarios/dice.ts';
import { faultsOf, type Scenario } from '../../testing/scenarios/scenario.ts';
import { summarize } from '../world/load.ts';
import type { Answer } from '../world/subgraph.ts';
import type { World } from '../world/world.ts';

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")
type Query { coin: Int! } type Mutation { toss(id: ID!): Int! }`;
const allowed = 1.2;

/** Two instances' answers: 503 for half of them. What was tossed is counted by its id. */
function flip(dice: Dice) {
  const seen = { isOn: false, queries: 0, tosses: new Map<string, number>() };
  const answer: Answer = async ({ query, variables }) => {
    const isToss = query.includes('toss');
    const id = JSON.stringify(Object.values(variables));
    if (isToss) seen.tosses.set(id, (seen.tosses.get(id) ?? 0) + 1);
    else if (query.includes('coin')) seen.queries += 1;
    if (seen.isOn && dice.next() < 0.5) return { status: 503, body: {} };
    return { status: 200, body: { data: isToss ? { toss: 1 } : { __typename: 'Query', coin: 1 } } };
  };
  return { seen, answer };
}

export const halfUnavailable: Scenario<World> = {
  name: 'half-unavailable',
  goal: "half of a subgraph's answers are 503: at most 1.2 requests to it for each, no mutation is sent twice",
  async play(world, { dice, isShort }) {
    const { load: begin, everywhere, retire } = world;
    const { seen, answer } = flip(dice);
    const serve = () => world.serve({ name: 'coins', sdl, answer });
    const instances = [await serve(), await serve()];
    await everywhere({ query: '{ coin }' }, ({ errors }) => !errors);
    const before = seen.queries;
    seen.isOn = true;
    const queries = begin({ query: '{ coin }' }, 200);
    const toss = (turn: number) => ({
      query: 'mutation ($id: ID!) { toss(id: $id) }',
      variables: { id: `toss-${turn}` },
    });
    const tosses = begin(toss, 20);
    await delay(isShort ? 3_000 : 15_000);
    const [asked, tossed] = [summarize(await queries.stop()), summarize(await tosses.stop())];
    seen.isOn = false;
    const sent = seen.queries - before;
    const twice = [...seen.tosses.values()].filter((times) => times > 1).length;
    for (const instance of instances) await instance.close();
    await retire('coins');
    await everywhere(
      { query: '{ coin }' },
      ({ errors }) => errors?.[0]?.extensions?.['code'] === 'GRAPHQL_VALIDATION_FAILED',
    );
    const ratio = sent / asked.count;
    return {
      measured: `${sent} requests for ${asked.count} queries (${ratio.toFixed(2)}), ${asked.failed} failed; ${twice} of ${tossed.count} mutations twice, ${tossed.failed} failed`,
      faults: faultsOf([
        [ratio > allowed, 'it is asked too often'],
        [twice > 0, 'mutations were sent twice'],
        [seen.tosses.size < 10, 'hardly a mutation came'],
      ]),
    };
  },
};
