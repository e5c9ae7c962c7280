/** What one gateway did in one round of one workload. */
export interface Round {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of the gateway's processes for one request. */
  readonly cpuUsPerRequest: number;
  /** CPU for one request of what stands behind the gateway, where that is told apart. */
  readonly behindUsPerRequest?: number;
  readonly rssMb: number;
  readonly failed: number;
  /** The share of the time for which the gateway's processes were at work: well below 1, something else was the bottleneck. */
  readonly busy: number;
  /** The same of the core that the load comes from, with everything that ran there. */
  readonly loadBusy: number;
}

/** What one gateway did in one workload. */
export interface Row {
  readonly gateway: string;
  readonly workload: string;
  readonly rounds: readonly Round[];
  /** Whether its answers are those of the first gateway; null when they cannot be compared. */
  readonly isEqual: boolean | null;
  /** Why there are no rounds, or what else is to be known. */
  readonly note?: string;
}

/** A row boiled down: the median of the rounds, and of the ratios to the first gateway's same rounds. */
export interface Summary extends Round {
  readonly ratio: number;
  /** How many times as much the first gateway's processor works for a request. */
  readonly cpuRatio: number;
}

/** The middle of the numbers, the higher of the two middles for an even count; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * Boils a row down beside the one that it is compared with; null when it has no rounds. Failed requests are added up. Rounds in
 * which the other one answered nothing are not compared; with no others the ratios are NaN.
 */
export function summarise(row: Row, base: Row | undefined): Summary | null {
  if (row.rounds.length === 0) return null;
  const of = (read: (round: Round) => number) => median(row.rounds.map(read));
  const beside = (compare: (own: Round, other: Round) => number) =>
    median(
      row.rounds.flatMap((round, index) => {
        const other = base?.rounds[index];
        return other && other.requestsPerSecond > 0 ? [compare(round, other)] : [];
      }),
    );
  return {
    requestsPerSecond: of((round) => round.requestsPerSecond),
    p50Ms: of((round) => round.p50Ms),
    p99Ms: of((round) => round.p99Ms),
    cpuUsPerRequest: of((round) => round.cpuUsPerRequest),
    ...(row.rounds[0]?.behindUsPerRequest === undefined
      ? {}
      : { behindUsPerRequest: of((round) => round.behindUsPerRequest ?? Number.NaN) }),
    rssMb: Math.max(...row.rounds.map((round) => round.rssMb)),
    failed: row.rounds.reduce((sum, { failed }) => sum + failed, 0),
    busy: of((round) => round.busy),
    loadBusy: of((round) => round.loadBusy),
    ratio: beside((own, other) => own.requestsPerSecond / other.requestsPerSecond),
    cpuRatio: beside((own, other) => other.cpuUsPerRequest / own.cpuUsPerRequest),
  };
}

/** Writes the rows as one Markdown table, workload after workload. */
export function writeTable(rows: readonly Row[], titles: ReadonlyMap<string, string>): string {
  const isBehindTold = rows.some(({ rounds }) => rounds.some((round) => round.behindUsPerRequest !== undefined));
  const head = [
    'workload',
    'gateway',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'CPU µs/request',
    ...(isBehindTold ? ['services µs/request'] : []),
    'RSS MB',
    '× stock',
    '× by CPU',
    'busy',
    'equal',
  ];
  const body = rows.map((row) => {
    const base = rows.find(({ workload }) => workload === row.workload);
    const names = [titles.get(row.workload) ?? row.workload, titles.get(row.gateway) ?? row.gateway];
    return [...names, ...writeFigures(row, summarise(row, base), isBehindTold)];
  });
  return writeMarkdown(head, body, 2);
}

/** Writes a Markdown table; the first `texts` columns are read from the left, the others are figures. */
export function writeMarkdown(head: readonly string[], body: readonly (readonly string[])[], texts: number): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((cells) => cells[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number) =>
    column < texts ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column < texts ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function writeFigures(row: Row, summary: Summary | null, isBehindTold: boolean): readonly string[] {
  if (!summary) return [row.note ?? 'did not run', ...Array<string>(isBehindTold ? 9 : 8).fill('')];
  const equal = row.isEqual === null ? '' : row.isEqual ? 'yes' : 'NO';
  const failed = summary.failed > 0 ? ` (${summary.failed} failed)` : '';
  return [
    summary.requestsPerSecond.toFixed(0) + failed,
    summary.p50Ms.toFixed(1),
    summary.p99Ms.toFixed(1),
    summary.cpuUsPerRequest.toFixed(0),
    ...(isBehindTold ? [summary.behindUsPerRequest?.toFixed(0) ?? ''] : []),
    summary.rssMb.toFixed(0),
    summary.ratio.toFixed(1),
    summary.cpuRatio.toFixed(1),
    `${(summary.busy * 100).toFixed(0)}%`,
    equal,
  ];
}
