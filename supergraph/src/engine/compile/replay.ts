import type { SubgraphAnswer } from '../../subgraphs/client.ts';
import { type Question, questionKey, send } from './ask.ts';
import type { Run } from './run.ts';

/** A fetch as it was made, and the bytes that came. */
export interface KeptFetch extends Omit<Question, 'number'> {
  readonly bytes: Buffer;
}

/**
 * A run that makes the fetches of an earlier one again and looks whether the answers are the same bytes. While they are, there is
 * nothing to parse, to merge and to write: what a program does depends on the answers alone, so all that follows is the same too.
 * From the first other answer on nothing more is sent; the program then runs as always, and takes the answers that are there.
 */
export interface Replay {
  /** What was sent and answered, by the number of the fetch; undefined for one that was not made. */
  readonly fetches: readonly (KeptFetch | undefined)[];
  readonly answers: Map<KeptFetch, Promise<SubgraphAnswer>>;
  isExact: boolean;
}

/** Begins a replay. */
export function createReplay(fetches: Replay['fetches']): Replay {
  return { fetches, answers: new Map(), isExact: true };
}

/** Makes one fetch again. */
export async function replayFetch(run: Run, replay: Replay, number: number): Promise<void> {
  const kept = replay.fetches[number];
  if (!kept || !replay.isExact) return;
  const answer = replay.answers.get(kept) ?? send(run, kept, kept.bytes);
  replay.answers.set(kept, answer);
  try {
    if ((await answer).isExpected !== true) replay.isExact = false;
  } catch {
    replay.isExact = false; // whoever asks again hears of it
  }
}

/** The answers that came, by question. */
export function answersOf({ answers }: Replay): Map<string, Promise<SubgraphAnswer>> {
  return new Map([...answers].map(([kept, answer]) => [questionKey(kept), answer]));
}
