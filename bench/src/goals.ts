import { type Row, summarise, writeMarkdown } from './table.ts';

/** What one gateway shall do beside another: `atLeast` times its requests/s, or `atMost` times its memory. */
export interface Goal {
  readonly text: string;
  readonly workload: string;
  readonly gateway: string;
  readonly beside: string;
  readonly measure: 'requestsPerSecond' | 'rssMb';
  readonly atLeast?: number;
  readonly atMost?: number;
}

const faster = (workload: string, gateway: string, beside: string, atLeast: number): Goal => ({
  text: `${gateway} at least ${atLeast}× ${beside}`,
  workload,
  gateway,
  beside,
  measure: 'requestsPerSecond',
  atLeast,
});

/** The goals of this gateway. */
export const gatewayGoals: readonly Goal[] = [
  faster('unique', 'ours-bare', 'stock', 13),
  faster('unique', 'ours', 'stock', 13),
  faster('unique', 'ours-bare', 'hive-router', 6),
  faster('unique', 'ours', 'hive-router', 6),
  faster('identical', 'ours-shared', 'stock', 20),
  faster('identical', 'ours-shared', 'grafbase', 1),
  faster('identical', 'ours', 'stock', 35),
  faster('identical', 'ours', 'grafbase', 2),
  faster('mixed', 'ours-bare', 'stock', 10),
  faster('mixed', 'ours', 'stock', 10),
  faster('small', 'ours', 'stock', 6),
  faster('small', 'ours-front', 'stock', 6),
  ...['identical', 'unique', 'mixed', 'small'].map((workload): Goal => ({
    text: "ours: RSS not above stock's",
    workload,
    gateway: 'ours',
    beside: 'stock',
    measure: 'rssMb',
    atMost: 1,
  })),
];

/** The goals over the real services. */
export const stackGoals: readonly Goal[] = [
  ...['admin', 'customer'].map((workload) => faster(workload, 'ours', 'stock', 3)),
  faster('catalogue', 'ours', 'ours-uncached', 5),
];

/** A goal beside what was measured; null where one of the two did not run. */
export interface Verdict {
  readonly goal: Goal;
  readonly ratio: number;
  /** How many times as much the other one's processors work for a request. */
  readonly cpuRatio: number;
  readonly isMet: boolean;
}

/** Judges the goals whose gateways and workloads were part of the run. */
export function judge(goals: readonly Goal[], rows: readonly Row[]): readonly Verdict[] {
  return goals.flatMap((goal) => {
    const find = (name: string) => rows.find(({ gateway, workload }) => gateway === name && workload === goal.workload);
    const [own, other] = [find(goal.gateway), find(goal.beside)];
    const summary = own && other ? summarise(own, other) : null;
    const base = other ? summarise(other, other) : null;
    if (!summary || !base || own?.isEqual === false) return [];
    const ratio = goal.measure === 'rssMb' ? summary.rssMb / base.rssMb : summary.ratio;
    if (Number.isNaN(ratio)) return [];
    const isMet = ratio >= (goal.atLeast ?? 0) && ratio <= (goal.atMost ?? Number.POSITIVE_INFINITY);
    return [{ goal, ratio, cpuRatio: summary.cpuRatio, isMet }];
  });
}

/** Writes the verdicts as a Markdown table. */
export function writeGoals(verdicts: readonly Verdict[], titles: ReadonlyMap<string, string>): string {
  return writeMarkdown(
    ['workload', 'goal', 'measured', 'by CPU', 'met'],
    verdicts.map(({ goal, ratio, cpuRatio, isMet }) => [
      titles.get(goal.workload) ?? goal.workload,
      goal.text,
      `${ratio.toFixed(2)}×`,
      goal.measure === 'rssMb' ? '' : `${cpuRatio.toFixed(2)}×`,
      isMet ? 'yes' : 'no',
    ]),
    2,
  );
}
