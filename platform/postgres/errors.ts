import { codeOf, isError } from '../errors/is-error.ts';

/** Source: postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';
const CONFLICTS: readonly (string | undefined)[] = ['40001', '40P01'];

/**
 * Whether a write was refused because its value is taken; with `constraint`, because of that constraint or index. MikroORM's
 * exceptions have the code and the constraint of what the driver threw.
 */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!isError(error) || codeOf(error) !== UNIQUE_VIOLATION) return false;
  return constraint === undefined || ('constraint' in error && error.constraint === constraint);
}

/** Whether Postgres undid a transaction because of others, so that the same may work next: serialization failure, deadlock. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.includes(codeOf(error)) || (isError(error) && CONFLICTS.includes(codeOf(error.cause)));
}
