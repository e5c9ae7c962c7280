import type { SubgraphError } from './ask.ts';
import { isJsonObject, type JsonObject } from './merge.ts';
import { findPlaces, type PathStep } from './places.ts';
import type { LocatedError, Outage, Run } from './run.ts';

type Path = readonly (string | number)[];

/** Where a fetch belongs, for what goes wrong with it. */
export interface FetchSite {
  readonly subgraph: string;
  readonly steps: readonly PathStep[];
  /** The response names of `steps`. */
  readonly names: readonly string[];
  /** The response names that it gives there. */
  readonly fields: ReadonlySet<string>;
  /** What the client calls a field of the data. */
  readonly responseName: (part: string) => string;
  /** What the client calls a field of this fetch's answer. */
  readonly clientName: (part: string) => string;
  readonly isEntityFetch: boolean;
}

/** Notes that a fetch gave nothing, or was not made because of `cause`. */
export function addOutage(
  run: Run,
  { subgraph, steps, names, fields, responseName }: FetchSite,
  { message, extensions }: SubgraphError,
  cause?: Outage,
): void {
  const told = { subgraph: cause?.subgraph ?? subgraph, ...readTold({ message, extensions }) };
  const path = steps.map(({ key }) => responseName(key)).filter((key) => key !== '');
  run.outages.push({ ...told, names, path, fields, ...(cause ? { cause: cause.cause ?? cause } : {}) });
}

/** Notes that a fetch was not made for some objects, when that is because of what failed before. */
export function addFollowing(run: Run, site: FetchSite, lacking: readonly JsonObject[]): void {
  const cause = run.outages.findLast(({ place }) => place === undefined);
  if (cause) addOutage(run, site, cause, cause);
  for (const object of lacking) {
    for (const failed of run.failed.get(object) ?? []) {
      run.outages.push({ ...failed, fields: site.fields, cause: failed.cause ?? failed });
    }
  }
}

/** Puts what a subgraph said in the places that it is about: an error of an entity goes to every place of the entity. */
export function addErrors(
  run: Run,
  site: FetchSite,
  errors: readonly SubgraphError[],
  { objects, slots }: { readonly objects: readonly JsonObject[]; readonly slots?: readonly number[] },
): void {
  if (errors.length === 0) return;
  const { subgraph } = site;
  const isTold = new Set(run.outages.map(({ message }) => message));
  const toClient = (part: string | number) => (typeof part === 'string' ? site.responseName(part) : part);
  const placesOf = Map.groupBy(findPlaces(run.data, site.steps), ({ object }) => object);
  for (const error of errors) {
    const told = { subgraph, ...readTold(error) };
    const inner = readPath(site, error.path);
    if (!inner) {
      // What a subgraph said of a whole request without data is told at the places that lack it.
      if (!isTold.has(told.message)) run.errors.push({ ...told, path: undefined });
      continue;
    }
    for (const [at, object] of objects.entries()) {
      if (inner.slot !== undefined && slots?.[at] !== inner.slot) continue;
      for (const { path } of placesOf.get(object) ?? [])
        addAt(run, site, { told, object, inner: inner.path }, path.map(toClient));
    }
  }
}

/** An error at one place: of something in the object there, or of the whole object. */
function addAt(
  run: Run,
  site: FetchSite,
  { told, object, inner }: { told: Omit<LocatedError, 'path'>; object: JsonObject; inner: Path },
  place: Path,
): void {
  if (inner.length > 0) run.errors.push({ ...told, path: [...place, ...inner] });
  else addFailed(run, site, { ...told, object, place });
}

/** An error about a whole entity: it explains whatever of it is missing, now or because of that later. */
function addFailed(
  run: Run,
  { names, fields }: FetchSite,
  {
    object,
    place,
    ...told
  }: Pick<Outage, 'subgraph' | 'message' | 'extensions'> & { object: JsonObject; place: readonly (string | number)[] },
): void {
  const outage: Outage = { ...told, names, path: [], fields, place };
  run.outages.push(outage);
  run.failed.set(object, [...(run.failed.get(object) ?? []), outage]);
}

/** An error's path below the place of its fetch, and of an entity fetch the entity. */
function readPath(
  { isEntityFetch, clientName }: FetchSite,
  path: unknown,
): { readonly slot?: number; readonly path: readonly (string | number)[] } | null {
  if (!Array.isArray(path)) return null;
  const parts = path
    .filter((part: unknown) => typeof part === 'string' || typeof part === 'number')
    .map((part) => (typeof part === 'string' ? clientName(part) : part));
  if (!isEntityFetch) return { path: parts };
  const [, slot, ...rest] = parts;
  return typeof slot === 'number' ? { slot, path: rest } : { path: [] };
}

function readTold({ message, extensions }: SubgraphError) {
  const given = isJsonObject(extensions) ? extensions : {};
  const code = typeof given['code'] === 'string' ? given['code'] : 'DOWNSTREAM_SERVICE_ERROR';
  // Without a text there is nothing to tell; a default that names the subgraph would say too much.
  return { message: message || 'Internal server error', extensions: { ...given, code } };
}
