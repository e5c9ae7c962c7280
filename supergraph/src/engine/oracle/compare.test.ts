import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ExecutionResult, parse } from 'graphql';
import { compare } from './compare.ts';
import type { Fault } from './faults.ts';
import { openWorld, type World } from './world.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';
const source = '{ user { name total } }';
const data = { seed: 1, nullPercent: 0, longestList: 2 };
let world: World;
beforeAll(async () => {
  const opened = await openWorld([
    { name: 'users', sdl: `${link} type Query { user: User } type User @key(fields: "id") { id: ID! name: String }` },
    { name: 'orders', sdl: `${link} type User @key(fields: "id") { id: ID! total: Int }` },
  ]);
  if ('refused' in opened) throw new Error(opened.refused.join('\n'));
  world = opened;
});
afterAll(() => world.close());

describe('the comparison', () => {
  it('has nothing to say of a right answer', async () => {
    await expect(complaintsAbout([], (actual) => actual)).resolves.toEqual([]);
  });

  it.each<[string, (actual: ExecutionResult) => ExecutionResult]>([
    ['a wrong value', () => ({ data: { user: { name: 'nobody', total: 0 } } })],
    ['a missing field', ({ data }) => ({ data: { user: { ...Object(data?.['user']), total: undefined } } })],
    ['an error for nothing', ({ data }) => ({ data, errors: [Object.assign(new Error('no')) as never] })],
    ['no data', () => ({ data: null })],
  ])('finds %s', async (_, spoil) => {
    await expect(complaintsAbout([], spoil)).resolves.not.toEqual([]);
  });

  it.each<[string, Fault]>([
    ['an injected error', { kind: 'error', coordinate: 'User.total', half: null }],
    ['a null that is none of its own', { kind: 'null', coordinate: 'User.name', half: null }],
    ['a subgraph that is down', { kind: 'down', subgraph: 'orders' }],
  ])('takes %s for what it is', async (_, fault) => {
    await expect(complaintsAbout([fault], (actual) => actual)).resolves.toEqual([]);
  });

  it.each<[string, Fault]>([
    ['an injected error', { kind: 'error', coordinate: 'User.total', half: null }],
    ['a subgraph that is down', { kind: 'down', subgraph: 'orders' }],
  ])('wants %s to be told', async (_, fault) => {
    await expect(complaintsAbout([fault], ({ data }) => ({ data }))).resolves.not.toEqual([]);
  });

  it('does not let a fault excuse the nulls of others', async () => {
    const fault: Fault = { kind: 'down', subgraph: 'orders' };

    const complaints = await complaintsAbout([fault], ({ data, errors }) => ({
      data: { user: { ...Object(data?.['user']), name: 'nobody' } },
      ...(errors ? { errors } : {}),
    }));

    expect(complaints).not.toEqual([]);
  });
});

async function complaintsAbout(faults: readonly Fault[], spoil: (actual: ExecutionResult) => ExecutionResult) {
  const testCase = { document: parse(source), source, variables: {}, data, faults };
  const answers = await world.run(testCase);
  return compare(world, testCase, { ...answers, actual: spoil(answers.actual) });
}
