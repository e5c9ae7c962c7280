import { Completion } from '../compile/completion.ts';

/** Shapes one object as JSON text; null when a null rises through it, undefined when its type has no such part. */
export type ShapePart = (
  object: Readonly<Record<string, unknown>>,
  completion: Completion,
) => string | null | undefined;

/** An object of which a part comes later. */
export interface DeferredPlace {
  readonly label: string;
  readonly shape: ShapePart;
  /** Response names and indices from the inside out, as the object was left. */
  readonly reversedPath: (string | number)[];
  /** The same in the data: by then another object may stand there. */
  readonly reversedInputs: (string | number)[];
}

/** Also notes where something is deferred. A null takes the places inside with it. */
export class DeferringCompletion extends Completion {
  readonly places: DeferredPlace[] = [];

  /** A part of this object comes later. */
  defer(label: string, shape: ShapePart): void {
    this.places.push({ label, shape, reversedPath: [], reversedInputs: [] });
  }

  /** Adds a level to the paths of the places since `from`. */
  placesWithin(from: number, key: string | number, input: string | number): void {
    for (let at = from; at < this.places.length; at += 1) {
      this.places[at]?.reversedPath.push(key);
      this.places[at]?.reversedInputs.push(input);
    }
  }
}
