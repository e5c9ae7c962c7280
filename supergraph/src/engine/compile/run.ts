import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { SubgraphAnswer, SubgraphClient } from '../../subgraphs/client.ts';
import type { Signal } from '../../subgraphs/signal.ts';
import type { CacheReport } from '../../cache/cache-report.ts';
import type { FetchCache } from '../../cache/fetch-cache.ts';
import type { DeferredParts } from '../defer/deferred-parts.ts';
import type { Texts } from './completion.ts';
import type { JsonObject } from './merge.ts';
import type { KeptFetch, Replay } from './replay.ts';

/** What each fetch of one running operation needs to know. */
export interface RunContext {
  readonly caller: Caller;
  /** Aborted when the client has gone or the request's budget is spent. */
  readonly signal: Signal;
  readonly traceparent: string;
  readonly clientAddress: string;
  /** When the budget is spent, in the time of `performance.now()`. */
  readonly deadlineAtMs: number;
  /** The event of a subscription operation: it goes to the subgraph that owns the field. */
  readonly event?: { readonly event: DomainEvent; readonly cursor: string };
}

/** An error that a subgraph told, at its place in the client's answer. */
export interface LocatedError {
  readonly subgraph: string;
  readonly message: string;
  readonly path: readonly (string | number)[] | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** A fetch that gave nothing, or could not be made since another one gave nothing. */
export interface Outage {
  readonly subgraph: string;
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Where its data belongs: response names, without lists. */
  readonly names: readonly string[];
  /** The same with `@` for lists. */
  readonly path: readonly string[];
  /** The response names that it would have given there. */
  readonly fields: ReadonlySet<string>;
  /** The place of the one entity that it is about; undefined when it is about all of them. */
  readonly place?: readonly (string | number)[];
  /** The outage that this one follows from. */
  readonly cause?: Outage;
}

/** How far a run is, for those who would share it. */
export interface Progress {
  /** True when an answer has come: what comes later may be newer than what the run has read. */
  hasAnswer: boolean;
  /** False when a subgraph said `no-store`, or answered in a way that cannot be compared. */
  mayKeep: boolean;
}

/** Nothing has come yet. */
export function createProgress(): Progress {
  return { hasAnswer: false, mayKeep: true };
}

/** One running operation. Fetches write into `data`, and what went wrong into `errors` and `outages`. */
export interface Run {
  readonly data: JsonObject;
  /** As the client sent them: subgraphs coerce on their own. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Coerced, for @skip and @include. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly context: RunContext;
  readonly client: Pick<SubgraphClient, 'send'>;
  readonly log: Log;
  /** False in mutations and events: what is read there must not be older than they are. */
  readonly mayShare: boolean;
  readonly errors: LocatedError[];
  readonly outages: Outage[];
  /** The objects of the answer of which a fetch gave nothing though it answered, for each of their places. */
  readonly failed: Map<JsonObject, Outage[]>;
  /** The objects of the answer that stand in several places (see places.ts). */
  readonly shared: Map<unknown, Texts>;
  /** The parts of the answer that come later; null when it comes whole. */
  readonly parts: DeferredParts | null;
  /** Answers to fetches that are made more than once, by subgraph and body. */
  readonly repeated: Map<string, Promise<SubgraphAnswer>>;
  /** The fetches to make again; null in a run that works on its data. */
  readonly replay: Replay | null;
  /** True when `repeated` has the answers of a replay. */
  readonly isReplayed: boolean;
  /** Takes what is sent and answered, by the number of the fetch; null when nobody wants to know. */
  readonly kept: (KeptFetch | undefined)[] | null;
  readonly progress: Progress;
  /** Asked before the subgraphs are; null when nothing may be kept, or must be new. */
  readonly cache: FetchCache | null;
  /** True when the caller wants everything read anew, though it may be kept. */
  readonly refreshes: boolean;
  /** Takes how old the answer is, and how long it may be kept; null when nobody wants to know. */
  readonly report: CacheReport | null;
}

/** One node of a plan, compiled. Does not reject for what a subgraph does. */
export type Step = (run: Run) => Promise<void>;
