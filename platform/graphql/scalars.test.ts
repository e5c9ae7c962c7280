import { describe, expect, it } from '@jest/globals';
import { parseValue } from 'graphql';
import { dateTimeScalar, safeIntScalar } from './scalars.ts';

describe('DateTime', () => {
  it('is a Date inside and ISO 8601 in UTC outside', () => {
    const date = dateTimeScalar.parseValue('2026-01-31T10:30:00+01:00');

    expect(date).toEqual(new Date('2026-01-31T09:30:00.000Z'));
    expect(dateTimeScalar.serialize(date)).toBe('2026-01-31T09:30:00.000Z');
    expect(dateTimeScalar.parseLiteral(parseValue('"2026-01-31T09:30:00Z"'))).toEqual(date);
  });

  it.each(['2026-02-31T00:00:00Z', '2026-01-31', '2026-13-01T00:00:00Z', 'yesterday', '', 5, null, {}])(
    'refuses %p',
    (value) => {
      expect(() => dateTimeScalar.parseValue(value)).toThrow('DateTime must be an instant');
    },
  );

  it('refuses to write what is no instant', () => {
    expect(() => dateTimeScalar.serialize(new Date(Number.NaN))).toThrow('DateTime');
    expect(() => dateTimeScalar.serialize(0)).toThrow('DateTime');
  });
});

describe('SafeInt', () => {
  it.each([0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])('takes %d', (value) => {
    expect(safeIntScalar.parseValue(value)).toBe(value);
    expect(safeIntScalar.serialize(value)).toBe(value);
    expect(safeIntScalar.parseLiteral(parseValue(String(value)))).toBe(value);
  });

  it('writes a bigint of that size', () => {
    expect(safeIntScalar.serialize(12n)).toBe(12);
  });

  it.each([1.5, 2 ** 53, '1', null, Number.NaN])('refuses %p', (value) => {
    expect(() => safeIntScalar.parseValue(value)).toThrow('SafeInt must be a whole number');
  });
});
