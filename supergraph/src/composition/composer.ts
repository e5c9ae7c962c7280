import type { Supergraph } from './supergraph.ts';

/** Why a composition failed: the rule (composition's code), the text, and the subgraphs concerned. */
export interface CompositionFault {
  readonly code: string;
  readonly message: string;
  readonly subgraphs: readonly string[];
}

/** How composition stands, for readiness. */
export interface CompositionState {
  readonly phase: 'waiting' | 'composed';
  /** The subgraphs that were seen, with the SDL that is in use. */
  readonly subgraphs: readonly { readonly name: string; readonly sdlHash: string | null; readonly instances: number }[];
  /** What it waits for, for people; empty when there is a graph. */
  readonly waitsFor: readonly string[];
  /** Why the newest SDLs are not served; empty when they are. */
  readonly faults: readonly CompositionFault[];
}

/** Composes a supergraph from the subgraphs that stand in the catalogue, again whenever one of them changes. */
export interface Composition {
  readonly state: CompositionState;
  /** The last good one. */
  readonly supergraph: Supergraph | null;
  /** Calls the listener with each new supergraph, and at once when there is one. Returns what ends that. */
  onSupergraph(listener: (supergraph: Supergraph) => void): () => void;
  close(): Promise<void>;
}
