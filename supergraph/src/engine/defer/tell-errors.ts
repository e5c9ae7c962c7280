import { GraphQLError } from 'graphql';
import type { CompletionFault } from '../compile/completion.ts';
import { explain } from '../compile/explain.ts';
import type { LocatedError, Outage } from '../compile/run.ts';
import { type ErrorTelling, toPublicError } from '../public-errors.ts';
import type { SelectedNames } from './selected-names.ts';

type Path = readonly (string | number)[];

/** What went wrong in one part, at all its places. */
export interface PartFindings {
  /** Null for the part that comes first. */
  readonly label: string | null;
  readonly places: readonly Path[];
  readonly faults: readonly CompletionFault[];
  readonly errors: readonly LocatedError[];
  readonly outages: readonly Outage[];
  /** Errors that the parts around it were told of. */
  readonly inherited: readonly LocatedError[];
  /** The places of the parts that come behind it. */
  readonly later: readonly Path[];
}

/**
 * The errors of each place of a part. An error belongs to every part that asks for its field; where none does, or none that will
 * come, to the part whose fetch told it. What has no place goes to the first. `denied` are errors for fields that the caller may not see.
 */
export function tellErrors(
  telling: ErrorTelling,
  findings: PartFindings,
  { denied, selected }: { readonly denied: readonly GraphQLError[]; readonly selected: () => SelectedNames },
): readonly (readonly GraphQLError[])[] {
  const { label, places, faults, errors, outages, inherited, later } = findings;
  const told: GraphQLError[][] = places.map(() => []);
  if (faults.length + errors.length + outages.length + inherited.length + denied.length === 0) return told;
  const isOwn = ({ path }: LocatedError) =>
    path === undefined ||
    selected().has(label, path) ||
    !later.some((place) => startsWith(path, place)) ||
    !selected().hasAnywhere(path);
  const isShared = ({ path }: LocatedError) =>
    path !== undefined && selected().has(label, path) && places.some((place) => startsWith(path, place));
  const found = explain({
    errors: [...inherited.filter(isShared), ...errors.filter(isOwn)],
    outages,
    faults,
    explained: denied.flatMap(({ path }) => (path ? [path] : [])),
  });
  for (const error of denied) {
    if (!error.path || !selected().has(label, error.path)) continue;
    for (const [at, place] of places.entries()) told[at]?.push(placed(error, place));
  }
  for (const fault of found) {
    const at = places.findIndex((place) => fault.path && startsWith(fault.path, place));
    told[Math.max(0, at)]?.push(toPublicError(telling, fault));
  }
  return told;
}

/** The error of a denied field, with the indices that are known of its place. */
function placed(error: GraphQLError, place: Path): GraphQLError {
  const path = [...place, ...(error.path ?? []).slice(place.length)];
  return new GraphQLError(error.message, { path, extensions: error.extensions });
}

function startsWith(path: Path, start: Path): boolean {
  return start.length <= path.length && start.every((part, at) => part === path[at]);
}
