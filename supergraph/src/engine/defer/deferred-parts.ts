import type { LocatedError, Outage, Run, Step } from '../compile/run.ts';
import type { Signal } from '../../subgraphs/signal.ts';

/** A part of a plan that is deferred. */
export interface DeferredStep {
  readonly label: string;
  /** The fetches that it needs something of, by id. */
  readonly depends: readonly string[];
  readonly step: Step;
}

/** What went wrong in a part, and not in those around it. */
export interface PartRun {
  readonly errors: readonly LocatedError[];
  readonly outages: readonly Outage[];
}

/** The deferred parts of one running operation. */
export interface DeferredParts {
  /** A fetch that others depend on has ended, well or not. */
  fetched(id: string): void;
  /** Runs a part, at once as soon as what it depends on is there. */
  begin(around: Run, part: DeferredStep): void;
  /** The part, as soon as it has run; undefined when the plan has nothing to fetch for it alone. */
  find(label: string): Promise<PartRun> | undefined;
  /** Resolves when all parts have run. */
  ended(): Promise<void>;
}

/**
 * Starts without any. A part begins when the fetches that it depends on have ended, whatever else is still running, and at the latest
 * when the signal is aborted, with nothing more to get.
 */
export function createDeferredParts(signal: Signal): DeferredParts {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const parts = new Map<string, Promise<PartRun>>();
  const gate = (id: string): PromiseWithResolvers<void> => {
    const made = gates.get(id) ?? Promise.withResolvers<void>();
    gates.set(id, made);
    if (signal.aborted) made.resolve();
    return made;
  };
  const openAll = () => {
    for (const { resolve } of gates.values()) resolve();
  };
  signal.addEventListener('abort', openAll);
  return {
    fetched: (id) => gate(id).resolve(),
    begin(around, { label, depends, step }) {
      const begun = Promise.all(depends.map((id) => gate(id).promise)).then(async (): Promise<PartRun> => {
        // Objects are not put together after an error (see walk.ts), whoever met it.
        const run = { ...around, errors: [...around.errors], outages: around.outages.map(inherit) };
        const inherited = { errors: run.errors.length, outages: run.outages.length };
        await step(run);
        return { errors: run.errors.slice(inherited.errors), outages: run.outages.slice(inherited.outages) };
      });
      begun.catch(() => undefined); // told where the part is delivered
      parts.set(label, begun);
    },
    find: (label) => parts.get(label),
    async ended() {
      // A part may begin others before it ends, which the loop then comes to.
      for (const part of parts.values()) await part.catch(() => undefined);
    },
  };
}

/** An outage that is told already: it explains what is missing because of it. */
export function inherit(outage: Outage): Outage {
  return { ...outage, cause: outage.cause ?? outage };
}
