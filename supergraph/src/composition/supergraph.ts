import type { CacheRules } from './read-cache-rules.ts';

/** What a caller must have to see a field or a type. The three parts are ANDed; the lists are each an OR of ANDs, empty for no demand. */
export interface Requirement {
  readonly authenticated: boolean;
  readonly scopes: readonly (readonly string[])[];
  readonly policies: readonly (readonly string[])[];
}

/** The access rules of a graph, from `@authenticated`, `@requiresScopes` and `@policy`; fields by `Type.field`. */
export interface Policies {
  readonly types: ReadonlyMap<string, Requirement>;
  readonly fields: ReadonlyMap<string, Requirement>;
}

/** What a graph says of the cost of its parts. Source: ibm.github.io/graphql-specs/cost-spec.html */
export interface Costs {
  /** The weights of object types, scalars and enums. */
  readonly types: ReadonlyMap<string, number>;
  /** What is said of output fields, by `Type.field`. */
  readonly fields: ReadonlyMap<string, FieldCost>;
  /** The weights of input fields, by `Input.field`. */
  readonly inputFields: ReadonlyMap<string, number>;
}

/** What `@cost` and `@listSize` say of one field. */
export interface FieldCost {
  readonly weight: number | null;
  /** The weights of its arguments. */
  readonly arguments: ReadonlyMap<string, number>;
  readonly listSize: ListSize | null;
}

/** How many elements a field gives. Paths are split at their dots. */
export interface ListSize {
  readonly assumedSize: number | null;
  /** The arguments, or fields of them, that say how many. */
  readonly slicingArguments: readonly (readonly string[])[];
  /** The fields below that have so many elements; none when it is the field itself. */
  readonly sizedFields: readonly (readonly string[])[];
  readonly requireOneSlicingArgument: boolean;
}

/** What `@live` says about one subscription field. */
export interface LiveDefinition {
  /** The CloudEvents types that the field announces. */
  readonly events: readonly string[];
  /** When the argument is given, only events whose attribute equals it are delivered. */
  readonly filter: { readonly argument: string; readonly attribute: string } | null;
  /** The scope whose holders see every event; everybody else sees those that name them in `audience`. */
  readonly seesAll: string | null;
}

/** One subgraph in a composed graph. */
export interface SubgraphSummary {
  readonly name: string;
  readonly url?: string;
  readonly sdlHash: string;
}

/** A composed supergraph, read once: what the planner loads, and the rules that it does not know. */
export interface Supergraph {
  /** A hash of the SDL; equal graphs have equal ids. */
  readonly id: string;
  /** As composition made it. */
  readonly sdl: string;
  /** Without the access specs, which ApolloGateway refuses to load. */
  readonly gatewaySdl: string;
  readonly policies: Policies;
  readonly costs: Costs;
  /** By the name of the subscription field. */
  readonly liveFields: ReadonlyMap<string, LiveDefinition>;
  readonly subgraphs: readonly SubgraphSummary[];
  /** What may be kept, and what throws it away; null when nothing may be. */
  readonly cacheRules: CacheRules | null;
}
