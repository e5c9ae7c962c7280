import type { LocatedError } from './compile/run.ts';
import { isJsonObject } from './compile/merge.ts';
import { unreadPrefix } from './rewrite/even-requirements.ts';

/**
 * Leaves out what subgraphs said of fields that the client did not ask for: plans fetch some for themselves, and fields of interface objects
 * for more types than were asked. It is told where something beside the field is null, since it may say why. `text` is
 * the answer as JSON.
 */
export function leaveOutUnasked(errors: readonly LocatedError[], text: string | null): readonly LocatedError[] {
  if (errors.length === 0) return errors;
  const data: unknown = text === null ? null : JSON.parse(text);
  return errors.filter(({ path }) => path === undefined || isTold(data, path));
}

function isTold(data: unknown, path: readonly (string | number)[]): boolean {
  let current = data;
  for (const part of path) {
    if (typeof part === 'string' && part.startsWith(unreadPrefix)) return false;
    if (Array.isArray(current)) current = current[Number(part)];
    else if (isJsonObject(current)) {
      if (!Object.hasOwn(current, part)) return Object.values(current).includes(null);
      current = current[part];
    } else return true;
  }
  return true;
}
