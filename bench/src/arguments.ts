import { parseArgs } from 'node:util';

/** What a run of the bench shall do. */
export interface BenchArguments {
  /** The gateways to run; `stock` is among them always. */
  readonly gateways: readonly string[];
  readonly workloads: readonly string[];
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  /** Where to write the figures as JSON too. */
  readonly jsonPath?: string;
}

/** What may be chosen. */
export interface Choices {
  readonly gateways: readonly string[];
  readonly workloads: readonly string[];
}

/**
 * Reads the words after `npm run bench:gateway --`. Times are bounded, so that no run is endless.
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
      json: { type: 'string' },
    },
  });
  const only = readNames('only', values.only, choices.gateways);
  return {
    gateways: choices.gateways.filter((name) => name === choices.gateways[0] || only.includes(name)),
    workloads: readNames('workloads', values.workloads, choices.workloads),
    seconds: readNumber('seconds', values.seconds, 60),
    rounds: readNumber('rounds', values.rounds, 20),
    connections: readNumber('connections', values.connections, 1_000),
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
