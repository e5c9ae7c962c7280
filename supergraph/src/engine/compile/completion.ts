/** The texts of an object that stands in several places of the answer, by the number of the function that wrote them. */
export type Texts = (string | undefined)[];

/** What shaping finds wrong at one place. */
export interface CompletionFault {
  /**
   * `null`: null where the type allows none. `value`: a value that is not of the type. `missing`: nothing came although the
   * type allows null; only told while `tracksMissing`.
   */
  readonly kind: 'null' | 'value' | 'missing';
  /** True when nothing came, not even null. */
  readonly isMissing: boolean;
  /** `Type.field`, for the message. */
  readonly field: string;
  /** Response names and indices from the inside out, as the place was left. */
  readonly reversedPath: (string | number)[];
}

/**
 * What generated shapers tell their faults to. A path is built only where there is a fault: each level that sees new faults on
 * its way out adds its own name. The methods are for values that the generated code did not recognise; each returns null.
 */
export class Completion {
  readonly faults: CompletionFault[] = [];
  /** True when a fetch failed, so that a missing value needs an explanation. */
  readonly tracksMissing: boolean;
  /** The answers of `__schema` and `__type`, by response name. */
  readonly introspected: Readonly<Record<string, unknown>>;

  readonly #shared: ReadonlyMap<unknown, Texts>;

  constructor(given: {
    readonly tracksMissing: boolean;
    readonly introspected: Readonly<Record<string, unknown>>;
    /** The objects that stand in several places. */
    readonly shared: ReadonlyMap<unknown, Texts>;
  }) {
    this.tracksMissing = given.tracksMissing;
    this.introspected = given.introspected;
    this.#shared = given.shared;
  }

  /** What was written of an object before; undefined for one that has only one place. */
  textsOf(value: unknown): Texts | undefined {
    return this.#shared.size === 0 ? undefined : this.#shared.get(value);
  }

  /** A nullable value: nothing, null, or not of its type. */
  nullable(value: unknown, key: string | number, field: string): null {
    if (value === undefined) {
      if (this.tracksMissing) this.faults.push({ kind: 'missing', isMissing: true, field, reversedPath: [key] });
    } else if (value !== null) {
      this.faults.push({ kind: 'value', isMissing: false, field, reversedPath: [key] });
    }
    return null;
  }

  /** A nullable value of a type that no object has: it may be null, but not missing. */
  untyped(value: unknown, key: string | number, field: string): null {
    if (value !== null) this.faults.push({ kind: 'value', isMissing: value === undefined, field, reversedPath: [key] });
    return null;
  }

  /** A value that must not be null: nothing, null, or not of its type. */
  required(value: unknown, key: string | number, field: string): null {
    const isMissing = value === undefined;
    const kind = isMissing || value === null ? 'null' : 'value';
    this.faults.push({ kind, isMissing, field, reversedPath: [key] });
    return null;
  }

  /** The object's type is one that clients may not know, or (`isMissing`) no subgraph has told it. */
  unknown(isMissing: boolean, field: string): null {
    this.faults.push({ kind: 'value', isMissing, field, reversedPath: [] });
    return null;
  }

  /** Adds a level to the path of the faults since `from`. */
  within(from: number, key: string | number): void {
    for (let at = from; at < this.faults.length; at += 1) this.faults[at]?.reversedPath.push(key);
  }
}
