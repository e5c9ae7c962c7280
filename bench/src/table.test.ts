import { describe, expect, it } from '@jest/globals';
import { median, type Round, type Row, summarise, writeTable } from './table.ts';

const round = (requestsPerSecond: number, failed = 0): Round => ({
  requestsPerSecond,
  p50Ms: 1,
  p99Ms: 2,
  cpuUsPerRequest: 100,
  rssMb: requestsPerSecond / 10,
  failed,
  busy: 1,
  loadBusy: 0.5,
});
const row = (gateway: string, rounds: readonly Round[], more: Partial<Row> = {}): Row => ({
  gateway,
  workload: 'small',
  rounds,
  isEqual: true,
  ...more,
});

describe('the table of a run', () => {
  it('takes the median of the rounds', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([])).toBeNaN();
  });

  it('compares with the first gateway round by round, so that a slow moment of the machine does not count', () => {
    const stock = row('stock', [round(100), round(10), round(100)]);
    const ours = row('ours', [round(1_000), round(100), round(900, 2)]);

    expect(summarise(ours, stock)).toMatchObject({ requestsPerSecond: 900, ratio: 10, rssMb: 100, failed: 2 });
  });

  it('says when answers differ, requests failed, or nothing ran', () => {
    const rows = [
      row('stock', [round(100)]),
      row('ours', [round(200, 3)], { isEqual: false }),
      row('other', [], { isEqual: null, note: 'left out: it ended at its start' }),
    ];

    const lines = writeTable(rows, new Map([['other', 'Another one']])).split('\n');

    expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
    expect(lines[2]).toMatch(/small +\| stock .* 1\.0 \| +1\.0 \| +100% \| +yes \|$/);
    expect(lines[3]).toMatch(/ours .* 200 \(3 failed\) .* 2\.0 \| +1\.0 \| +100% \| +NO \|$/);
    expect(lines[4]).toContain('Another one | left out: it ended at its start');
  });
});
