import { describe, expect, it } from '@jest/globals';
import { type Goal, judge, writeGoals } from './goals.ts';
import type { Row } from './table.ts';

const row = (gateway: string, requestsPerSecond: number, rssMb: number, isEqual = true): Row => ({
  gateway,
  workload: 'small',
  rounds: [
    {
      requestsPerSecond,
      rssMb,
      cpuUsPerRequest: 1e6 / requestsPerSecond,
      p50Ms: 1,
      p99Ms: 2,
      failed: 0,
      busy: 1,
      loadBusy: 0,
    },
  ],
  isEqual,
});
const goal: Goal = {
  text: 'fast',
  workload: 'small',
  gateway: 'ours',
  beside: 'stock',
  measure: 'requestsPerSecond',
  atLeast: 6,
};
const rows = [row('stock', 100, 200), row('ours', 700, 250)];

describe('a goal', () => {
  it('is met or not by the ratio to the other gateway', () => {
    expect(judge([goal, { ...goal, atLeast: 8 }], rows)).toMatchObject([
      { ratio: 7, isMet: true },
      { ratio: 7, isMet: false },
    ]);
  });

  it('of memory is not to be above', () => {
    const memory: Goal = { ...goal, measure: 'rssMb', atLeast: 0, atMost: 1 };

    expect(judge([memory], rows)).toMatchObject([{ ratio: 1.25, isMet: false }]);
  });

  it.each([
    ['its workload', [goal.workload, 'large']],
    ['the other gateway', ['stock', 'none']],
  ])('is not judged without %s', (_, [from, to]) => {
    const renamed = JSON.parse(JSON.stringify(rows).replaceAll(`"${from}"`, `"${to}"`)) as Row[];

    expect(judge([goal], renamed)).toEqual([]);
  });

  it('is not judged beside a gateway that answered nothing in time', () => {
    expect(judge([goal], [row('stock', 0, 200), row('ours', 700, 250)])).toEqual([]);
  });

  it('is not met by wrong answers', () => {
    expect(judge([goal], [row('stock', 100, 200), row('ours', 700, 250, false)])).toEqual([]);
  });

  it('is written with what was measured', () => {
    expect(writeGoals(judge([goal], rows), new Map([['small', 'one small operation']]))).toMatch(
      /\| one small operation \| fast +\| +7\.00× \| +7\.00× \| yes \|$/,
    );
  });
});
