import { describe, expect, it } from '@jest/globals';
import { sharedStack } from '../testing/stack.ts';
import { profiles } from './profiles.ts';
import { writeReport } from './report.ts';
import { runLoad } from './run-load.ts';

describe('a little load', () => {
  it('is carried without a fault: products are looked at, orders placed, and their events arrive', async () => {
    const result = await runLoad(sharedStack(), profiles.smoke);

    const { browse, order, event } = result;
    expect({ browse: browse.failed, order: order.failed }).toEqual({ browse: 0, order: 0 });
    expect(browse.count).toBeGreaterThan(0);
    expect(event.count).toBeGreaterThan(0);
    expect(order.count).toBeGreaterThan(0);
    expect(writeReport('smoke', result, new Date(0)).match(/<svg /g)).toHaveLength(6);
  });
});
