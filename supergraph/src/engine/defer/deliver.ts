import type { ExecutionResult, GraphQLError, OperationDefinitionNode } from 'graphql';
import type { Run } from '../compile/run.ts';
import type { CompiledOperation } from '../plan.ts';
import { type ErrorTelling, toPublicError } from '../public-errors.ts';
import { createResult } from '../result.ts';
import { type DeferredParts, inherit, type PartRun } from './deferred-parts.ts';
import { type Group, groupPlaces, objectAt, pathsOf, type Place } from './deferred-places.ts';
import { DeferringCompletion } from './deferring-completion.ts';
import type { IncrementalPayload, IncrementalResult, SubsequentResult } from './incremental-result.ts';
import { readSelectedNames, type SelectedNames } from './selected-names.ts';
import { tellErrors } from './tell-errors.ts';

/** An operation whose primary part has run. */
export interface Delivery {
  readonly telling: ErrorTelling;
  readonly compiled: Pick<CompiledOperation, 'shape' | 'introspect'>;
  readonly run: Run;
  readonly parts: DeferredParts;
  /** Each of its parts has a label of its own; `clientLabels` says what the client calls it. */
  readonly operation: OperationDefinitionNode;
  readonly clientLabels: ReadonlyMap<string, string | undefined>;
  readonly denied: readonly GraphQLError[];
  /** Gives up what still runs. */
  readonly end: () => void;
}

/** A group whose part has run: what it fetched, undefined when that was nothing, or a fault that nobody foresaw. */
interface ReadyGroup {
  readonly group: Group;
  readonly part?: PartRun;
  readonly fault?: { readonly cause: unknown };
}

/**
 * Shapes the primary part and gives it with those that come later, each as soon as it has run and the part that has its object is
 * given. The whole answer, when nothing of it is deferred: for example in an empty list.
 */
export function deliver(delivery: Delivery): ExecutionResult | IncrementalResult {
  const { run, compiled, telling, denied, operation } = delivery;
  const introspected = compiled.introspect(run.variables);
  const completion = new DeferringCompletion({
    tracksMissing: run.outages.length > 0,
    introspected,
    shared: run.shared,
  });
  const text = compiled.shape(run.data, run.flags, completion);
  let names: SelectedNames | undefined;
  const selected = () => (names ??= readSelectedNames(operation, run.flags));
  const groups = text === null ? [] : groupPlaces([{ places: completion.places, path: [], inputs: [] }], [run]);
  const [told = []] = tellErrors(
    telling,
    { label: null, places: [[]], faults: completion.faults, ...run, inherited: [], later: pathsOf(groups) },
    { denied, selected },
  );
  const result = createResult(text, told);
  if (groups.length === 0) return result;
  const initial = Object.assign(result, { hasNext: true as const });
  const later = deliverLater(delivery, groups, (ready) => shapePart({ ...delivery, introspected, selected }, ready));
  return { initial, subsequent: endable(later, delivery.end) };
}

/** `return` of a generator waits for a `next` under way, which may wait for a part: so give that up first. */
function endable<T>(generator: AsyncGenerator<T, void, void>, end: () => void): AsyncGenerator<T, void, void> {
  const finish = generator.return.bind(generator);
  generator.return = (value) => {
    end();
    return finish(value);
  };
  return generator;
}

/** Parts that are ready at the same time go out together, one that stands in another behind it. */
async function* deliverLater(
  { parts, end }: Pick<Delivery, 'parts' | 'end'>,
  first: readonly Group[],
  shape: (ready: ReadyGroup) => { payloads: readonly IncrementalPayload[]; inner: readonly Group[] },
): AsyncGenerator<SubsequentResult, void, void> {
  const waiting = new Set<Group>();
  const ready: ReadyGroup[] = [];
  let wake = Promise.withResolvers<void>();
  const expect = (group: Group): void => {
    waiting.add(group);
    const running = parts.find(group.label);
    if (!running) {
      ready.push({ group });
      return;
    }
    const settle = (outcome: Omit<ReadyGroup, 'group'>) => {
      ready.push({ group, ...outcome });
      wake.resolve();
    };
    running.then(
      (part) => settle({ part }),
      (cause: unknown) => settle({ fault: { cause } }),
    );
  };
  for (const group of first) expect(group);
  while (waiting.size > 0) {
    while (ready.length === 0) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
    const incremental: IncrementalPayload[] = [];
    for (let next = ready.shift(); next; next = ready.shift()) {
      waiting.delete(next.group);
      const { payloads, inner } = shape(next);
      incremental.push(...payloads);
      for (const group of inner) expect(group);
    }
    const hasNext = waiting.size > 0;
    if (incremental.length > 0) yield { incremental, hasNext };
    else if (!hasNext) yield { hasNext };
  }
  end();
}

interface Shaping extends Delivery {
  readonly introspected: Readonly<Record<string, unknown>>;
  readonly selected: () => SelectedNames;
}

function shapePart(
  shaping: Shaping,
  { group, part = nothing, fault }: ReadyGroup,
): { payloads: readonly IncrementalPayload[]; inner: readonly Group[] } {
  const { telling, run, introspected, denied, selected } = shaping;
  const { label, places, around } = group;
  const name = shaping.clientLabels.get(label);
  const toPayload = ({ path }: Place, text: string | null, errors: readonly GraphQLError[]): IncrementalPayload =>
    Object.assign(createResult(text, errors), { path, ...(name === undefined ? {} : { label: name }) });
  if (fault) {
    const error = toPublicError(telling, fault.cause);
    return { payloads: places.map((place) => toPayload(place, null, [error])), inner: [] };
  }
  const outages = [...part.outages, ...around.flatMap((one) => one.outages).map(inherit)];
  const shaped = places.flatMap((place) => {
    const completion = new DeferringCompletion({
      tracksMissing: outages.length > 0,
      introspected,
      shared: run.shared,
    });
    const text = place.shape(objectAt(run.data, place.inputs), completion);
    if (text === undefined) return [];
    for (const key of place.path.toReversed()) completion.within(0, key);
    return [{ ...place, text, faults: completion.faults, places: text === null ? [] : completion.places }];
  });
  const inner = groupPlaces(shaped, [...around, part]);
  const told = tellErrors(
    telling,
    {
      label,
      places: shaped.map(({ path }) => path),
      faults: shaped.flatMap(({ faults }) => faults),
      errors: part.errors,
      outages,
      inherited: around.flatMap((one) => one.errors),
      later: pathsOf(inner),
    },
    { denied, selected },
  );
  return { payloads: shaped.map((place, at) => toPayload(place, place.text, told[at] ?? [])), inner };
}

const nothing: PartRun = { errors: [], outages: [] };
