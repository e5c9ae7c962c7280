import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, sharedStack } from '../testing/stack.ts';
import { type Entrance, entrancesOf } from './entrances.ts';
import { forgedTokens } from './forged-tokens.ts';
import { type Forger, openForger } from './forger.ts';

const stack = sharedStack();
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const entrances = entrancesOf(stack, agent);
const goodToken = `Bearer ${account(stack, 'ada').token}`;
let forger: Forger;

beforeAll(async () => {
  forger = await openForger(stack.state);
});
afterAll(() => agent.destroy());

/** How an entrance answered, when it was not as it must be. */
async function outcomeAt({ name, refusal, knock }: Entrance, authorization: Parameters<Entrance['knock']>[0]) {
  const { status, challenge, body } = await knock(authorization);
  const saysWhy = refusal === 401 ? body.includes('UNAUTHENTICATED') : body.includes('token');
  const challenges = refusal === 401 ? challenge?.startsWith('Bearer realm="storefront') : true;
  return status === refusal && saysWhy && challenges
    ? []
    : [`${name}: ${status} ${challenge ?? ''} ${body.slice(0, 200)}`];
}

describe('a forged token', () => {
  it('is one of at least 42', () => {
    expect(Object.keys(forgedTokens).length).toBeGreaterThanOrEqual(42);
  });

  it.each(Object.keys(forgedTokens))('is refused on every transport and route: %s', async (name) => {
    const forged = await forgedTokens[name]?.(forger);

    const faults = await Promise.all(entrances.map((entrance) => outcomeAt(entrance, forged ?? '')));

    expect(faults.flat()).toEqual([]);
  });
});

describe('what the forger begins with', () => {
  const graphqlEntrances = entrances.filter(({ name }) =>
    /^(POST|GET|POST, @defer|websocket.*|multipart, query|GET .*users.*)$/.test(name),
  );

  it.each(graphqlEntrances)('would be let in if nothing were wrong with it: $name', async ({ refusal, knock }) => {
    const outcomes = await Promise.all([`Bearer ${forger.own()}`, goodToken].map((token) => knock(token)));

    expect(outcomes.map(({ status }) => status)).not.toContain(refusal);
  });

  it('in the address of a request names nobody', async () => {
    const url = `${stack.gateway.graphql}?access_token=${goodToken.slice(7)}&query=${encodeURIComponent('{ me { id } }')}`;

    const answer = await fetch(url, { headers: { 'apollo-require-preflight': '1' } });

    expect(await answer.json()).toEqual({ data: { me: null } });
  });
});
