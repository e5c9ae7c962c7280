import {
  type Asked,
  CommandLineFault,
  namesOf,
  type Option,
  readCommandLine,
  text,
  wholeNumber,
} from '@storefront/platform/process/command-line.ts';

/** What a run of a bench shall do. */
export interface BenchArguments {
  /** The servers to run; the first of all is among them wherever they are compared. */
  readonly gateways: readonly string[];
  readonly workloads: readonly string[];
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  /** This gateway once more, with more in its environment. */
  readonly extraRows: readonly ExtraRow[];
  /** Seconds of one long load, memory being watched, in place of rounds. */
  readonly soakSeconds?: number;
  /** Where to write the figures as JSON too. */
  readonly jsonPath?: string;
}

/** `name:NAME=value,NAME=value`. */
export interface ExtraRow {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A bench, and what may be chosen of it. */
export interface Bench {
  /** How it is called: `npm run bench:gateway`. */
  readonly usage: string;
  readonly does: string;
  readonly gateways: readonly string[];
  readonly workloads: readonly string[];
  /** Whom a long load is for unless `--only` says otherwise. */
  readonly soaked?: readonly string[];
}

const maxSoakSeconds = 4 * 60 * 60;

/** Reads the words after `npm run bench:… --`; ends the process as `readCommandLine` does. Times are bounded, so that no run is endless. */
export const readBenchArguments = (bench: Bench, words?: readonly string[]): BenchArguments =>
  benchArguments(bench, readCommandLine(benchCommand(bench), words).options);

/** What is to be done, by the options of `benchCommand`. */
export function benchArguments(
  bench: Bench,
  options: Asked<ReturnType<typeof benchCommand>['options']>['options'],
): BenchArguments {
  const { only, workloads, seconds, rounds, connections, row: extraRows, soak, json } = options;
  const known = [...bench.gateways, ...extraRows.map(({ name }) => name)];
  const isSoak = soak !== undefined;
  const chosen = only ?? (isSoak ? (bench.soaked ?? known) : known);
  return {
    gateways: known.filter((name) => chosen.includes(name) || (name === known[0] && !isSoak)),
    workloads,
    seconds,
    rounds,
    connections,
    extraRows,
    ...(isSoak ? { soakSeconds: soak } : {}),
    ...(json === undefined ? {} : { jsonPath: json }),
  };
}

/** The command line of a bench that compares servers. */
export const benchCommand = ({ usage, does, gateways, workloads }: Bench) => ({
  usage,
  does,
  options: {
    only: only(gateways),
    workloads: namesOf(workloads, 'what is sent'),
    seconds: wholeNumber('how long a round is', { least: 1, most: 60, fallback: 5 }),
    rounds: wholeNumber('how many rounds', { least: 1, most: 20, fallback: 3 }),
    connections: wholeNumber('how many connections there are', { least: 1, most: 1_000, fallback: 32 }),
    row: extraRow,
    soak: wholeNumber('one load of so many seconds in place of rounds, memory being watched', {
      least: 1,
      most: maxSoakSeconds,
      fallback: undefined,
    }),
    json: text('FILE', 'write the figures there too', undefined),
  },
  /** Only with the rows is it known which names there are. */
  check: (options: { readonly only: readonly string[] | undefined; readonly row: readonly ExtraRow[] }) => {
    const known = [...gateways, ...options.row.map(({ name }) => name)];
    const unknown = options.only?.filter((name) => !known.includes(name)) ?? [];
    return unknown.length === 0 ? null : `--only: there is no ${unknown.join(', ')}; there are ${known.join(', ')}`;
  },
  more: 'bench/README.md says how to read the tables.',
});

const only = (gateways: readonly string[]): Option<readonly string[] | undefined> => ({
  placeholder: 'NAME,...',
  does: `these alone: ${gateways.join(', ')} (all)`,
  read: (_option, given) => (given.length === 0 ? undefined : given.flatMap((names) => names.split(','))),
});

const extraRow: Option<readonly ExtraRow[]> = {
  placeholder: 'NAME:VARIABLE=VALUE,...',
  does: 'ours once more, with this in its environment; may be given several times',
  read: (_option, given) => given.map(readExtraRow),
};

function readExtraRow(given: string): ExtraRow {
  const [, name, pairs] = /^([a-z][a-z0-9-]*):(.+)$/.exec(given) ?? [];
  const entries = (pairs ?? '').split(',').map((pair) => /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(pair)?.slice(1));
  if (name !== undefined && entries.every((entry) => entry !== undefined)) {
    return { name, environment: Object.fromEntries(entries) as Record<string, string> };
  }
  throw new CommandLineFault(`--row is "${given}"; it must be like memo:MEMO=on,SHARE_FETCHES=false`);
}
