import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { type KnownCase, knownCases } from './known-cases.ts';
import { openWorld } from './world.ts';

describe("where Apollo's planner errs, the engine", () => {
  for (const known of knownCases.filter(({ isStillWrong }) => !isStillWrong)) it(known.title, () => expectRight(known));
  for (const known of knownCases.filter(({ isStillWrong }) => isStillWrong))
    it.failing(known.title, () => expectRight(known));
});

/** Expects what graphql-js answers on one schema: the same data, and errors at the same places. */
async function expectRight({ subgraphs, source }: KnownCase): Promise<void> {
  const world = await openWorld(subgraphs);
  if ('refused' in world) throw new Error(world.refused.join('\n'));
  const data = { seed: 1, nullPercent: 0, longestList: 4 };

  const { expected, actual } = await world.run({ document: parse(source), source, variables: {}, data, faults: [] });
  await world.close();

  expect(actual.data).toEqual(expected.data);
  expect(actual.errors?.map(({ path }) => path)).toEqual(expected.errors?.map(({ path }) => path));
}
