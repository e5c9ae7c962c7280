import { parseArgs } from 'node:util';

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

/** What may be chosen. */
export interface Choices {
  readonly gateways: readonly string[];
  readonly workloads: readonly string[];
  /** Whom a long load is for unless `--only` says otherwise. */
  readonly soaked?: readonly string[];
}

const maxSoakSeconds = 4 * 60 * 60;

/**
 * Reads the words after `npm run bench:… --`. Times are bounded, so that no run is endless.
 * @throws TypeError that says what would be right
 */
export function readBenchArguments(words: readonly string[], choices: Choices): BenchArguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string' },
      workloads: { type: 'string' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '32' },
      row: { type: 'string', multiple: true, default: [] },
      soak: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const extraRows = values.row.map(readExtraRow);
  const known = [...choices.gateways, ...extraRows.map(({ name }) => name)];
  const isSoak = values.soak !== undefined;
  const only = isSoak && values.only === undefined ? (choices.soaked ?? known) : readNames('only', values.only, known);
  return {
    gateways: known.filter((name) => only.includes(name) || (name === known[0] && !isSoak)),
    workloads: readNames('workloads', values.workloads, choices.workloads),
    seconds: readNumber('seconds', values.seconds, 60),
    rounds: readNumber('rounds', values.rounds, 20),
    connections: readNumber('connections', values.connections, 1_000),
    extraRows,
    ...(values.soak === undefined ? {} : { soakSeconds: readNumber('soak', values.soak, maxSoakSeconds) }),
    ...(values.json === undefined ? {} : { jsonPath: values.json }),
  };
}

function readNames(option: string, text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return known.filter((name) => names.includes(name));
  throw new TypeError(`--${option}: there is no ${unknown.join(', ')}; there are ${known.join(', ')}`);
}

function readNumber(option: string, text: string, highest: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= highest) return number;
  throw new TypeError(`--${option}: must be a whole number, 1 to ${highest}`);
}

function readExtraRow(text: string): ExtraRow {
  const [, name, pairs] = /^([a-z][a-z0-9-]*):(.+)$/.exec(text) ?? [];
  const entries = (pairs ?? '').split(',').map((pair) => /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(pair)?.slice(1));
  if (name !== undefined && entries.every((entry) => entry !== undefined)) {
    return { name, environment: Object.fromEntries(entries) as Record<string, string> };
  }
  throw new TypeError(`--row ${text}: must be like memo:MEMO=on,SHARE_FETCHES=false`);
}
