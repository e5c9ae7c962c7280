import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/** `DateTime`: a `Date` inside, ISO 8601 in UTC with milliseconds outside. Takes any offset. Source: RFC 3339 */
export const dateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant in UTC, ISO 8601, for example `2026-01-31T09:30:00.000Z`.',
  serialize: writeInstant,
  parseValue: readInstant,
  parseLiteral: (node) => readInstant(textOf(node), node),
});

/** `SafeInt`: a whole number that a double holds exactly, between -(2^53 - 1) and 2^53 - 1. */
export const safeIntScalar = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description: 'A whole number between -(2^53 - 1) and 2^53 - 1.',
  serialize: (value) => readSafeInt(typeof value === 'bigint' ? Number(value) : value),
  parseValue: (value) => readSafeInt(value),
  parseLiteral: (node) => readSafeInt(node.kind === Kind.INT ? Number(node.value) : undefined, node),
});

function writeInstant(value: unknown): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (typeof value === 'string') return readInstant(value).toISOString();
  throw new GraphQLError('DateTime can only be written from a valid Date');
}

function readInstant(value: unknown, node?: ValueNode): Date {
  const date = typeof value === 'string' && instant.test(value) ? new Date(value) : undefined;
  if (date && !Number.isNaN(date.getTime()) && isCalendarDay(String(value))) return date;
  throw new GraphQLError('DateTime must be an instant like 2026-01-31T09:30:00.000Z', node ? { nodes: node } : {});
}

/** `new Date` takes the 31st of February for the 3rd of March. */
function isCalendarDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

function readSafeInt(value: unknown, node?: ValueNode): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new GraphQLError(
    'SafeInt must be a whole number between -(2^53 - 1) and 2^53 - 1',
    node ? { nodes: node } : {},
  );
}

function textOf(node: ValueNode): string | undefined {
  return node.kind === Kind.STRING ? node.value : undefined;
}
