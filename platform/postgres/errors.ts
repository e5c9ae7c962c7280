import { UniqueConstraintViolationException } from '@mikro-orm/core';

/** Whether a write was refused because its value is taken; with `constraint`, because of that constraint or index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof UniqueConstraintViolationException)) return false;
  return constraint === undefined || ('constraint' in error && error.constraint === constraint);
}
