import type { FetchNode } from '@apollo/query-planner';
import { type GraphQLSchema, isInterfaceType, OperationTypeNode } from 'graphql';
import type { CachedFetch } from '../../cache/fetch-cache.ts';
import { type FetchRules, purgedBy } from '../../cache/fetch-caching.ts';
import { ask, type GraphqlAnswer, type SubgraphError } from './ask.ts';
import { addErrors, addFollowing, addOutage, type FetchSite } from './fetch-errors.ts';
import type { FetchSelections } from './fetch-selections.ts';
import { compileIdentity, type Identity } from './identity.ts';
import { isJsonObject, type JsonObject } from './merge.ts';
import { compileMerge, mergeAnything, type MergeEntity } from './merge-entity.ts';
import { compilePath, type FindObjects, namesOf, type PathStep } from './places.ts';
import { compileRepresentation, type Represent, rewriteRepresentation } from './representation.ts';
import { compileBody, type FetchText, type WriteBody } from './request-body.ts';
import { replayFetch } from './replay.ts';
import { applyRewrites } from './rewrites.ts';
import type { Run, Step } from './run.ts';
import { Walk } from './walk.ts';

/** What compiling one fetch needs to know of its plan. */
export interface FetchPlan {
  /** Its place among the fetches of the plan. */
  readonly number: number;
  readonly node: FetchNode;
  /** The supergraph, with what is inaccessible. */
  readonly schema: GraphQLSchema;
  /** Where its data belongs. */
  readonly steps: readonly PathStep[];
  /** What the client calls a field that is run under another name. */
  readonly responseName: (part: string) => string;
  readonly text: FetchText;
  readonly selections: FetchSelections;
  /** True when another fetch writes into the objects that this one puts into the field. */
  readonly isWritten: (field: string) => boolean;
  /** True when equal objects at its place may become one: all that is written there comes from entity fetches of that place. */
  readonly mayShareObjects: boolean;
  /** True when the plan has another fetch of the same text. */
  readonly mayRepeat: boolean;
  /** What it has to do with the cache. */
  readonly keeping: FetchRules;
}

interface CompiledFetch extends FetchSite, FetchRules {
  readonly number: number;
  readonly kind: FetchNode['operationKind'];
  readonly mayRepeat: boolean;
  readonly find: FindObjects;
  readonly mayShareObjects: boolean;
  readonly write: WriteBody;
  readonly merge: MergeEntity;
  readonly represent: Represent | null;
  readonly identity: Identity | null;
  readonly rewriteInput: ((text: string) => string) | null;
  /** True when the answer tells the types of entities, which an interface object only knows as its interface. */
  readonly tellsTypes: boolean;
  readonly isInterface: (name: unknown) => boolean;
  readonly rewriteOutput: ((value: JsonObject, typename: unknown) => void) | null;
}

/** The objects that take part in an entity fetch; several may share a representation. */
interface Batch {
  readonly objects: readonly JsonObject[];
  /** For each object the number of its representation. */
  readonly slots: readonly number[];
  readonly representations: readonly string[];
}

/** Compiles a fetch: find the places, write the representations, send, merge what came into every place. */
export function compileFetch(plan: FetchPlan): Step {
  const fetch = compile(plan);
  return async (run) => {
    if (run.replay) return replayFetch(run, run.replay, fetch.number);
    const objects = find(run, fetch);
    if (objects.length === 0) return;
    if (fetch.represent) await fetchEntities(run, fetch, gather(run, fetch, objects));
    else await fetchRoot(run, fetch, objects);
  };
}

function compile(plan: FetchPlan): CompiledFetch {
  const { node, schema, steps, responseName, selections } = plan;
  const { inputRewrites = [], outputRewrites = [], requires } = node;
  const renamed = new Map<string, string>();
  for (const rewrite of outputRewrites) {
    if (rewrite.kind === 'KeyRenamer') renamed.set(rewrite.path.at(-1) ?? '', rewrite.renameKeyTo);
  }
  const isRewritten = outputRewrites.length > 0;
  const clientName = (name: string) => responseName(renamed.get(name) ?? name);
  return {
    number: plan.number,
    subgraph: node.serviceName,
    steps,
    names: namesOf(steps).map(responseName),
    fields: new Set([...selections.fields.keys()].map(clientName)),
    responseName,
    clientName,
    isEntityFetch: requires !== undefined,
    kind: node.operationKind,
    ...plan.keeping,
    mayRepeat: plan.mayRepeat && node.operationKind === OperationTypeNode.QUERY,
    find: compilePath(steps),
    mayShareObjects: plan.mayShareObjects,
    write: compileBody(node, plan.text),
    merge: isRewritten ? mergeAnything : compileMerge(selections, plan.isWritten),
    represent: requires ? compileRepresentation(schema, requires) : null,
    identity: requires ? compileIdentity(schema, requires) : null,
    rewriteInput: inputRewrites.length > 0 ? (given) => rewriteRepresentation(schema, inputRewrites, given) : null,
    tellsTypes: requires !== undefined && selections.fields.has('__typename'),
    isInterface: (name) => typeof name === 'string' && isInterfaceType(schema.getType(name)),
    rewriteOutput: isRewritten
      ? (value, typename) => {
          if (typename !== undefined) value['__typename'] ??= typename;
          applyRewrites(schema, outputRewrites, value);
        }
      : null,
  };
}

/** After an error objects stay apart: what is equal in its data may differ in why something is missing. */
function find(run: Run, { find: walkPath, mayShareObjects, identity }: CompiledFetch): readonly JsonObject[] {
  const isFaultless = run.errors.length === 0 && run.outages.length === 0;
  const walk = new Walk(run.shared, mayShareObjects && isFaultless ? identity : null);
  walkPath(run.data, walk);
  return walk.found;
}

/** Equal entities are asked for once: told by their keys where that is possible, else by their representations. */
function gather(run: Run, fetch: CompiledFetch, found: readonly JsonObject[]): Batch {
  const { represent, rewriteInput, identity } = fetch;
  const seen = new Map<unknown, { readonly object: JsonObject; readonly slot: number }>();
  const slotOfText = new Map<string, number>();
  const objects: JsonObject[] = [];
  const slots: number[] = [];
  const lacking: JsonObject[] = [];
  for (const object of found) {
    const key = identity?.keyOf(object);
    const before = key === undefined ? undefined : seen.get(key);
    let slot = before && identity?.isSame(before.object, object) ? before.slot : undefined;
    if (slot === undefined) {
      const text = represent?.(object);
      if (text === undefined) {
        lacking.push(object);
        continue;
      }
      slot = slotOfText.get(text) ?? slotOfText.size;
      slotOfText.set(text, slot);
      if (!before) seen.set(key, { object, slot });
    }
    objects.push(object);
    slots.push(slot);
  }
  if (lacking.length > 0 && run.outages.length > 0) addFollowing(run, fetch, lacking);
  const batch = { objects, slots, representations: [...slotOfText.keys()] };
  const { representations, ...ordered } = fetch.mayRepeat ? inOneOrder(batch) : batch;
  return { ...ordered, representations: rewriteInput ? representations.map(rewriteInput) : representations };
}

/** Another fetch of the plan may ask for the same entities, found in another order: equal sets shall be equal questions. */
function inOneOrder({ objects, slots, representations }: Batch): Batch {
  const sorted = representations.toSorted();
  const slotOf = new Map(sorted.map((text, slot) => [text, slot]));
  const moved = representations.map((text) => slotOf.get(text) ?? 0);
  return { objects, slots: slots.map((slot) => moved[slot] ?? 0), representations: sorted };
}

async function fetchEntities(run: Run, fetch: CompiledFetch, batch: Batch): Promise<void> {
  const { objects, slots, representations } = batch;
  if (representations.length === 0) return;
  const answer = await askFor(run, fetch, representations);
  const entities = answer?.data?.['_entities'];
  if (!answer) return;
  if (!Array.isArray(entities) || entities.length !== representations.length) {
    addOutage(run, fetch, firstUnlocated(answer));
    addErrors(run, fetch, answer.errors, batch);
    return;
  }
  const merged: boolean[] = [];
  for (const [at, object] of objects.entries()) {
    const slot = slots[at] ?? 0;
    const entity: unknown = entities[slot];
    if (!isJsonObject(entity)) continue;
    const isAgain = merged[slot] === true;
    const isVague = fetch.tellsTypes && object['__typename'] !== undefined && fetch.isInterface(entity['__typename']);
    if (isVague) delete entity['__typename'];
    if (!isAgain) fetch.rewriteOutput?.(entity, object['__typename']);
    fetch.merge(object, entity, isAgain);
    merged[slot] = true;
  }
  addErrors(run, fetch, answer.errors, batch);
}

async function fetchRoot(run: Run, fetch: CompiledFetch, objects: readonly JsonObject[]): Promise<void> {
  const answer = await askFor(run, fetch, null);
  if (!answer) return;
  const { data, errors } = answer;
  if (data) {
    fetch.rewriteOutput?.(data, undefined);
    for (const [at, object] of objects.entries()) fetch.merge(object, data, at > 0);
  } else if (!errors.some(({ path }) => Array.isArray(path))) addOutage(run, fetch, firstUnlocated(answer));
  addErrors(run, fetch, errors, { objects });
}

/** Null when there is no answer; the outage is then noted. */
async function askFor(
  run: Run,
  fetch: CompiledFetch,
  representations: CachedFetch['representations'],
): Promise<GraphqlAnswer | null> {
  const { subgraph, kind, mayRepeat, number, caching, write, purges } = fetch;
  const body = write(run, representations ?? undefined);
  const cached = caching && run.cache && run.mayShare ? { caching, write, representations } : null;
  const answer = await ask(run, { subgraph, kind, body, mayRepeat, number, cached });
  if (purges.length > 0) await run.cache?.purge(purgedBy(purges, run.variables));
  if (!('fault' in answer)) return answer;
  addOutage(run, fetch, answer.fault);
  return null;
}

/** Why there is no data at all: what the subgraph said of the whole request. */
function firstUnlocated({ errors }: GraphqlAnswer): SubgraphError {
  const said = errors.find(({ path }) => !Array.isArray(path));
  return (
    said ?? { message: 'A part of the graph cannot answer at the moment', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }
  );
}
