/** Variables as a client gave them, with the operation's defaults. */
export type GivenVariables = Readonly<Record<string, unknown>>;

/** A number that is known when the operation is compiled, or the place of one that depends on variables. */
export type Term = number | { readonly slot: number };

type Step = (values: Float64Array, variables: GivenVariables) => void;

/** No cost is more than this, and none is NaN: what would be larger stays here. */
export const largestCost = Number.MAX_SAFE_INTEGER;

const bounded = (value: number) => Math.min(Math.max(value, -largestCost), largestCost);

/**
 * Puts a calculation together. What is constant is calculated at once; the rest becomes a list of steps, each done once however
 * many terms use it, so that evaluating takes no longer than compiling has taken.
 */
export class CostProgram {
  readonly #steps: Step[] = [];
  readonly #read = new Map<string, Term>();

  /** A number that comes from variables. Equal keys must mean equal numbers. */
  read(key: string, read: (variables: GivenVariables) => number): Term {
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const term = this.#add((slot) => (values, variables) => void (values[slot] = bounded(read(variables))));
    this.#read.set(key, term);
    return term;
  }

  sum(terms: readonly Term[]): Term {
    return this.#fold(terms, 0, (left, right) => bounded(left + right));
  }

  most(terms: readonly Term[]): Term {
    return this.#fold(terms, -largestCost, Math.max);
  }

  times(left: Term, right: Term): Term {
    return this.#fold([left, right], 1, (one, other) => bounded(one * other));
  }

  /** What gives the number; it throws what reading throws, whether the number depends on that or not. */
  finish(result: Term): number | ((variables: GivenVariables) => number) {
    const steps = this.#steps;
    if (typeof result === 'number' && steps.length === 0) return result;
    const values = new Float64Array(steps.length);
    return (variables) => {
      for (const step of steps) step(values, variables);
      return typeof result === 'number' ? result : (values[result.slot] ?? 0);
    };
  }

  #fold(terms: readonly Term[], start: number, join: (left: number, right: number) => number): Term {
    let constant = start;
    const slots: number[] = [];
    for (const term of terms) {
      if (typeof term === 'number') constant = join(constant, term);
      else slots.push(term.slot);
    }
    if (slots.length === 0) return constant;
    return this.#add((slot) => (values) => {
      let result = constant;
      for (const other of slots) result = join(result, values[other] ?? 0);
      values[slot] = result;
    });
  }

  #add(stepFor: (slot: number) => Step): Term {
    const slot = this.#steps.length;
    this.#steps.push(stepFor(slot));
    return { slot };
  }
}
