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
  /** By the name of the subscription field. */
  readonly liveFields: ReadonlyMap<string, LiveDefinition>;
  readonly subgraphs: readonly SubgraphSummary[];
}
