import type { ExecutionResult } from 'graphql';
import { createIdentify } from '../subgraphs/identify.ts';
import type { Signal } from '../subgraphs/signal.ts';
import { waitFor } from '../subgraphs/wait-for.ts';
import { createProgress, type Progress } from './compile/run.ts';
import type { OperationRequest } from './engine.ts';
import { copyResult } from './result.ts';

/** What an operation is known by. */
export interface OperationKey {
  /** Equal for equal operations with equal variables, planned for equal rights. */
  readonly operation: string;
  /** Equal when the callers are equal too, and all that subgraphs hear of them. */
  readonly ofCaller: string;
}

/** Operations under way. */
export interface Flights {
  /** Null when the variables are so long that comparing costs more than it saves. */
  keyOf(compiled: object, request: OperationRequest): OperationKey | null;
  /** Runs an operation, or waits for an equal one that is under way. */
  join(
    key: OperationKey | null,
    joining: { readonly request: OperationRequest; readonly options: { readonly requestTimeoutMs: number } },
    run: (progress: Progress) => Promise<ExecutionResult>,
  ): Promise<ExecutionResult>;
  /** Lets nobody join what is under way: something was written. */
  clear(): void;
}

interface Flight {
  readonly result: Promise<ExecutionResult>;
  readonly progress: Progress;
  readonly signal: Signal;
  /** When the budget of the one who began it ends, in the time of `performance.now()`. */
  readonly endsAtMs: number;
}

const maxVariablesLength = 2_000;

/**
 * Shares equal operations of equal callers that are under way at the same time. One may be joined until the first subgraph has
 * answered it, so that nobody gets what was read before it asked by more than one fetch takes. When the one who began it has gone or run
 * out of time, or a subgraph said `no-store`, the others run it themselves. Nobody joins what began before a mutation ended here.
 */
export function createFlights({ sharing }: { readonly sharing: boolean }): Flights {
  const flights = new Map<string, Flight>();
  const identify = createIdentify();
  const numbers = new WeakMap<object, number>();
  let last = 0;
  const numberOf = (compiled: object) => {
    const number = numbers.get(compiled) ?? (last += 1);
    numbers.set(compiled, number);
    return number;
  };
  return {
    keyOf(compiled, { variables = {}, caller, clientAddress }) {
      const given = JSON.stringify(variables);
      if (given.length > maxVariablesLength) return null;
      const operation = `${numberOf(compiled)} ${given}`;
      return { operation, ofCaller: `${operation} ${clientAddress} ${identify(caller)}` };
    },
    async join(key, { request, options }, run) {
      if (!key || !sharing) return run(createProgress());
      const known = flights.get(key.ofCaller);
      if (known && !known.progress.hasAnswer) {
        const result = await followOrGiveUp(known, request.signal);
        return result ?? run(createProgress());
      }
      const progress = createProgress();
      const { signal } = request;
      const endsAtMs = performance.now() + options.requestTimeoutMs;
      const flight: Flight = { result: run(progress), progress, signal, endsAtMs };
      flights.set(key.ofCaller, flight);
      try {
        return await flight.result;
      } finally {
        if (flights.get(key.ofCaller) === flight) flights.delete(key.ofCaller);
      }
    },
    clear: () => flights.clear(),
  };
}

/** Null when the result is of no use to another. */
async function followOrGiveUp(flight: Flight, signal: Signal): Promise<ExecutionResult | null> {
  try {
    const result = await waitFor(flight.result, signal);
    const isCutShort = flight.signal.aborted || performance.now() >= flight.endsAtMs;
    return isCutShort || !flight.progress.mayKeep ? null : copyResult(result);
  } catch {
    return null;
  }
}
