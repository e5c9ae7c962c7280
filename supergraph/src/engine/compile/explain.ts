import { GraphQLError } from 'graphql';
import type { CompletionFault } from './completion.ts';
import type { LocatedError, Outage } from './run.ts';

type Path = readonly (string | number)[];

/** What went wrong with an operation, before it is told to a client. */
export interface Findings {
  readonly errors: readonly LocatedError[];
  readonly outages: readonly Outage[];
  readonly faults: readonly CompletionFault[];
  /** Places whose errors are told already; `@` stands for every index. */
  readonly explained: readonly Path[];
}

/**
 * Makes the errors of an answer: those that subgraphs told; one for each place that a failed fetch left empty; one for each
 * null that the schema does not allow, unless an error above or below it says why. What an entity lacks that nobody asked for
 * is not told. Source: GraphQL October 2021, 6.4.4
 */
export function explain({ errors, outages, faults, explained }: Findings): readonly GraphQLError[] {
  const found = errors.map(({ message, path, extensions, subgraph }) =>
    toError(message, path, { ...extensions, serviceName: subgraph }),
  );
  const known = [...explained, ...errors.flatMap(({ path }) => (path ? [path] : []))];
  const used = new Set<Outage>();
  const byPlace = groupByPlace(outages);
  for (const fault of faults) {
    const path = fault.reversedPath.toReversed();
    const outage = fault.isMissing ? outageOf(byPlace, path) : undefined;
    if (outage) {
      used.add(outage.cause ?? outage);
      if (!known.some((other) => isPrefix(other, path))) found.push(toOutageError(outage, path));
    } else if (fault.kind !== 'missing' && !(fault.kind === 'null' && known.some((other) => areRelated(other, path)))) {
      found.push(toError(describe(fault), path, { code: 'INVALID_SUBGRAPH_ANSWER' }));
    }
  }
  const untold = outages.filter((outage) => !outage.cause && !outage.place && !used.has(outage));
  return [...found, ...untold.map((outage) => toOutageError(outage, upToList(outage.path)))];
}

/** The outages by the place of their entity; those about all entities under the empty text. */
function groupByPlace(outages: readonly Outage[]): ReadonlyMap<string, readonly Outage[]> {
  return Map.groupBy(outages, ({ place }) => (place ? JSON.stringify(place) : ''));
}

/** The innermost outage whose data is missing at the path; one about its own entity comes first. */
function outageOf(outages: ReadonlyMap<string, readonly Outage[]>, path: Path): Outage | undefined {
  if (outages.size === 0) return undefined;
  for (let length = outages.size > 1 || !outages.has('') ? path.length : 0; length > 0; length -= 1) {
    const next = path[length];
    const atPlace = outages.get(JSON.stringify(path.slice(0, length))) ?? [];
    const found = atPlace.find(({ fields }) => next === undefined || fields.has(String(next)));
    if (found) return found;
  }
  const names = path.filter((part) => typeof part === 'string');
  let best: Outage | undefined;
  for (const outage of outages.get('') ?? []) {
    const next = names[outage.names.length];
    const isInside = outage.names.every((name, at) => names[at] === name);
    if (!isInside || (next !== undefined && !outage.fields.has(next))) continue;
    if (!best || outage.names.length > best.names.length) best = outage;
  }
  return best;
}

function describe({ kind, field }: CompletionFault): string {
  return kind === 'null'
    ? `Cannot return null for non-nullable field ${field}.`
    : `Invalid value found for field ${field}.`;
}

function toOutageError({ message, extensions, subgraph }: Outage, path: Path): GraphQLError {
  return toError(message, path, { ...extensions, serviceName: subgraph });
}

function toError(message: string, path: Path | undefined, extensions: Readonly<Record<string, unknown>>): GraphQLError {
  return new GraphQLError(message, { ...(path ? { path } : {}), extensions });
}

/** True when one is the other or leads to it. */
function areRelated(one: Path, other: Path): boolean {
  return one.length <= other.length ? isPrefix(one, other) : isPrefix(other, one);
}

function isPrefix(start: Path, path: Path): boolean {
  return start.length <= path.length && start.every((part, at) => isSamePart(part, path[at]));
}

function isSamePart(one: string | number, other: string | number | undefined): boolean {
  return one === other || (one === '@' && typeof other === 'number') || (other === '@' && typeof one === 'number');
}

function upToList(path: readonly string[]): Path {
  const list = path.indexOf('@');
  return list < 0 ? path : path.slice(0, list);
}
