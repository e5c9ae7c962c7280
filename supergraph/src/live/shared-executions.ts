import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { ExecutionResult } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Engine, EventRequest } from '../engine/engine.ts';

/** An event to resolve; it brings its own trace. */
export type SharedRequest = Omit<EventRequest, 'signal' | 'traceparent'>;

/** Resolves events for subscribers. */
export interface SharedExecutions {
  /**
   * The result of one event for one operation, with `extensions.cursor`. Whoever asks with the same `key` gets the same
   * object: nobody may change it. `key` must name all that the result depends on besides the graph and the event.
   */
  execute(key: string, request: SharedRequest): Promise<ExecutionResult>;
  /** How often somebody has asked, and how often an event was executed for it. */
  readonly asked: number;
  readonly executed: number;
}

/** So many subscribers get a result at once; then everything else has a turn. */
const servedAtOnce = 100;

/** One execution, and those who wait for it. */
interface Execution {
  readonly result: Promise<ExecutionResult>;
  /** The result once more for each group of subscribers, each a turn later than the one before. */
  readonly groups: Promise<ExecutionResult>[];
  asked: number;
}

const rememberedResults = 1_000;
const rememberedMs = 10_000;
const waitsMs = [100, 200, 400, 800, 1_600, 3_200];
const outages = new Set(['SUBGRAPH_UNAVAILABLE', 'SERVICE_UNAVAILABLE', 'DEADLINE_EXCEEDED']);

/**
 * Executes each event once for all who subscribe to the same thing with the same rights. While the subgraph that owns the
 * event cannot answer, it is asked again for some seconds before the outage becomes the result. Thousands of subscribers get
 * a result in groups, so that what one group sends is out, and other clients are served, before the next begins.
 */
export function createSharedExecutions(engine: Pick<Engine, 'state' | 'executeEvent'>): SharedExecutions {
  const results = new LRUCache<string, Execution>({ max: rememberedResults, ttl: rememberedMs });
  const { signal } = new AbortController(); // the others go on when one of them leaves; the engine sets the time
  const execute = async (shared: SharedRequest): Promise<ExecutionResult> => {
    const request = { ...shared, signal, traceparent: shared.event.traceparent ?? newTraceparent() };
    let result = await engine.executeEvent(request);
    for (const waitMs of waitsMs) {
      if (!isOutage(result)) break;
      await delay(waitMs);
      result = await engine.executeEvent(request);
    }
    result.extensions = { ...result.extensions, cursor: request.cursor };
    return result;
  };
  const counts = { asked: 0, executed: 0 };
  return {
    get asked() {
      return counts.asked;
    },
    get executed() {
      return counts.executed;
    },
    execute(key, request) {
      counts.asked += 1;
      const graph = engine.state.phase === 'serving' ? engine.state.graph.id : '';
      const place = `${graph} ${request.cursor} ${key}`;
      let execution = results.get(place);
      if (!execution) {
        counts.executed += 1;
        const result = execute(request);
        execution = { result, groups: [result], asked: 0 };
        results.set(place, execution);
      }
      return nextPlace(execution);
    },
  };
}

function nextPlace(execution: Execution): Promise<ExecutionResult> {
  const { result, groups } = execution;
  const group = Math.floor(execution.asked / servedAtOnce);
  execution.asked += 1;
  return (groups[group] ??= (groups[group - 1] ?? result).then((value) => nextTurn(value)));
}

function isOutage({ data, errors = [] }: ExecutionResult): boolean {
  const isEmpty = !data || Object.values(data).every((value) => value === null);
  return isEmpty && errors.some(({ extensions }) => outages.has(String(extensions['code'])));
}
