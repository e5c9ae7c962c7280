/** One difference between two answers, at a field: `lines.*.price`, lists without their numbers. */
export interface Difference {
  readonly field: string;
  readonly kind: 'missing in ours' | 'new in ours' | 'another value' | 'another type';
  readonly legacy: unknown;
  readonly ours: unknown;
}

/** Compares two JSON values, field by field; what is equal says nothing. The order of lists counts, that of members does not. */
export function findDifferences(legacy: unknown, ours: unknown, field = ''): readonly Difference[] {
  if (Object.is(legacy, ours)) return [];
  const [kindOfLegacy, kindOfOurs] = [kindOf(legacy), kindOf(ours)];
  if (kindOfLegacy !== kindOfOurs) {
    const kind = ours === undefined ? 'missing in ours' : legacy === undefined ? 'new in ours' : 'another type';
    return [{ field, kind, legacy, ours }];
  }
  if (kindOfLegacy !== 'object' && kindOfLegacy !== 'array') return [{ field, kind: 'another value', legacy, ours }];
  const [a, b] = [Object(legacy) as Record<string, unknown>, Object(ours) as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) =>
    findDifferences(a[name], b[name], join(field, kindOfLegacy === 'array' ? '*' : name)),
  );
}

const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const join = (field: string, name: string) => (field === '' ? name : `${field}.${name}`);
