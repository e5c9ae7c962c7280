import { describe, expect, it } from '@jest/globals';
import { describeCourse } from './soak.ts';

const course = (...memory: number[]) =>
  describeCourse(memory.map((rssMb, index) => ({ seconds: (index + 1) * 5, rssMb })));

describe('the memory of a gateway under a long load', () => {
  it('is told by its first and its last quarter', () => {
    expect(course(100, 110, 120, 130, 190, 180, 200, 150)).toMatchObject({ firstMb: 110, lastMb: 200, highestMb: 200 });
  });

  it('grows as fast as its second half does, whatever the warming up took', () => {
    expect(course(50, 100, 150, 200, 200, 201, 202, 203).slopeMbPerMinute).toBeCloseTo(12);
    expect(course(50, 100, 150, 200, 200, 200, 200, 200).slopeMbPerMinute).toBeCloseTo(0);
  });

  it('cannot be told from nothing', () => {
    expect(() => course(1, 2, 3)).toThrow(RangeError);
  });
});
