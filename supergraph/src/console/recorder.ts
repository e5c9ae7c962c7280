import type { EndedOperation } from '../admin/measure-operations.ts';
import type { FetchOutcome } from './watch-fetches.ts';

/** What one second was like. Latencies are in milliseconds, null when nothing ended. */
export interface Second {
  /** Seconds since 1970. */
  readonly at: number;
  readonly operations: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** What was asked of one subgraph in the last ten seconds. */
export interface SubgraphTraffic {
  readonly perSecond: number;
  readonly failed: number;
  readonly p95: number | null;
}

/** Remembers the last two minutes, second by second. */
export interface Recorder {
  operation(ended: EndedOperation): void;
  fetch(outcome: FetchOutcome): void;
  /** The seconds that are over, oldest first. */
  history(): readonly Second[];
  /** By subgraph; those of which nothing was asked are left out. */
  subgraphs(): ReadonlyMap<string, SubgraphTraffic>;
  /** How many operations ended with this code in the last minute. */
  countOf(code: string): number;
}

interface Slot {
  readonly at: number;
  errors: number;
  readonly ms: number[];
  readonly codes: Map<string, number>;
  readonly fetches: Map<string, { failed: number; readonly ms: number[] }>;
}

const keptSeconds = 120;
const [trafficSeconds, codeSeconds] = [10, 60];
const maxSamples = 2_000;

/** Creates a recorder; of a second with more than 2,000 operations only so many times are remembered. */
export function createRecorder({ now }: { readonly now: () => number }): Recorder {
  const slots: Slot[] = [];
  const nowSecond = () => Math.floor(now() / 1_000);
  const slotOfNow = (): Slot => {
    const at = nowSecond();
    const last = slots.at(-1);
    if (last?.at === at) return last;
    const slot: Slot = { at, errors: 0, ms: [], codes: new Map(), fetches: new Map() };
    slots.push(slot);
    while ((slots[0]?.at ?? at) < at - keptSeconds) slots.shift();
    return slot;
  };
  const lastSlots = (seconds: number) => {
    const from = nowSecond() - seconds;
    return slots.filter(({ at }) => at >= from);
  };
  return {
    operation({ operationType, ms, outcome, errorCodes }) {
      const slot = slotOfNow();
      if (operationType !== 'subscription') sample(slot.ms, ms);
      if (outcome !== 'ok' && outcome !== 'aborted') slot.errors += 1;
      for (const code of errorCodes) slot.codes.set(code, (slot.codes.get(code) ?? 0) + 1);
    },
    fetch({ subgraph, ms, isOk }) {
      const { fetches } = slotOfNow();
      const known = fetches.get(subgraph) ?? { failed: 0, ms: [] };
      fetches.set(subgraph, known);
      sample(known.ms, ms);
      if (!isOk) known.failed += 1;
    },
    history() {
      const byTime = new Map(slots.map((slot) => [slot.at, slot]));
      const last = nowSecond() - 1;
      return Array.from({ length: keptSeconds }, (_, index) => describe(byTime, last - keptSeconds + 1 + index));
    },
    subgraphs: () => sumFetches(lastSlots(trafficSeconds)),
    countOf: (code) => lastSlots(codeSeconds).reduce((sum, { codes }) => sum + (codes.get(code) ?? 0), 0),
  };
}

function sumFetches(slots: readonly Slot[]): ReadonlyMap<string, SubgraphTraffic> {
  const found = new Map<string, { failed: number; ms: number[] }>();
  for (const { fetches } of slots) {
    for (const [name, { failed, ms }] of fetches) {
      const sum = found.get(name) ?? { failed: 0, ms: [] };
      found.set(name, { failed: sum.failed + failed, ms: [...sum.ms, ...ms] });
    }
  }
  const traffic = ({ failed, ms }: { failed: number; ms: number[] }): SubgraphTraffic => ({
    perSecond: ms.length / trafficSeconds,
    failed,
    p95: quantile(ms, 0.95),
  });
  return new Map([...found].map(([name, sum]) => [name, traffic(sum)]));
}

function sample(values: number[], value: number): void {
  if (values.length < maxSamples) values.push(value);
}

function describe(slots: ReadonlyMap<number, Slot>, at: number): Second {
  const slot = slots.get(at);
  if (!slot) return { at, operations: 0, errors: 0, p50: null, p95: null };
  const { ms, errors } = slot;
  return { at, operations: ms.length, errors, p50: quantile(ms, 0.5), p95: quantile(ms, 0.95) };
}

function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
