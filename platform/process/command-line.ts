import { parseArgs } from 'node:util';
import { isError } from '../errors/is-error.ts';

/** A command line that a command does not take. Its message is one line that says what would be right. */
export class CommandLineFault extends Error {
  override readonly name = 'CommandLineFault';
}

/** One option of a command: how it is written, what it does, and what becomes of its text. Made by the functions below. */
export interface Option<Value> {
  /** What stands for the value in the help; null for a switch. */
  readonly placeholder: string | null;
  readonly does: string;
  readonly short?: string;
  /** `texts` are all that were given, in order; empty for an option that was not. @throws CommandLineFault */
  read(option: string, texts: readonly string[]): Value;
}

type Options = Readonly<Record<string, Option<unknown>>>;

/** A command as its help tells it. */
export interface Command<Given extends Options> {
  /** How to call it, without its options: `npm run load`, or `npm run service -- NAME`. */
  readonly usage: string;
  /** What it does, in a sentence or two. */
  readonly does: string;
  readonly options: Given;
  /** How many words it takes beside its options; none when left out. */
  readonly words?: { readonly least: number; readonly most: number };
  /** What else its help says: what the words can be, exit codes. */
  readonly more?: string;
  /** What is wrong with options that go each by itself and not together; null when nothing is. */
  readonly check?: (options: ValuesOf<Given>) => string | null;
}

type ValuesOf<Given extends Options> = {
  readonly [Name in keyof Given]: Given[Name] extends Option<infer Value> ? Value : never;
};

/** What a person asked of a command. */
export interface Asked<Given extends Options> {
  readonly options: ValuesOf<Given>;
  readonly words: readonly string[];
}

/** An option without a value: whether it was given. */
export const flag = (does: string, short?: string): Option<boolean> => ({
  placeholder: null,
  does,
  ...(short === undefined ? {} : { short }),
  read: (_option, texts) => texts.length > 0,
});

/** Any text but an empty one; `fallback` when it was not given. */
export const text = <Fallback extends string | undefined>(
  placeholder: string,
  does: string,
  fallback: Fallback,
): Option<string | Fallback> => ({
  placeholder,
  does: withFallback(does, fallback),
  read(option, texts) {
    const given = texts.at(-1);
    if (given === '') throw new CommandLineFault(`--${option} needs a value`);
    return given ?? fallback;
  },
});

/** A text that may be given several times. */
export const texts = (placeholder: string, does: string): Option<readonly string[]> => ({
  placeholder,
  does: `${does}; may be given several times`,
  read: (_option, given) => given,
});

/** A whole number between two, both of them included. */
export const wholeNumber = <Fallback extends number | undefined>(
  does: string,
  { least, most, fallback }: { readonly least: number; readonly most: number; readonly fallback: Fallback },
): Option<number | Fallback> => ({
  placeholder: 'N',
  does: withFallback(does, fallback),
  read(option, given) {
    const last = given.at(-1);
    if (last === undefined) return fallback;
    const number = Number(last);
    if (last.trim() !== '' && Number.isSafeInteger(number) && number >= least && number <= most) return number;
    throw new CommandLineFault(`--${option} is "${last}"; it can be a whole number from ${least} to ${most}`);
  },
});

/** One of a few words. */
export const oneOf = <const Choice extends string, Fallback extends Choice | undefined>(
  choices: readonly Choice[],
  does: string,
  fallback: Fallback,
): Option<Choice | Fallback> => ({
  placeholder: choices.join('|'),
  does: withFallback(does, fallback),
  read(option, given) {
    const last = given.at(-1);
    if (last === undefined) return fallback;
    return choiceOf(`--${option}`, last, choices);
  },
});

/** Some of the names that there are, with commas between them or the option given several times; all when it is not given. */
export const namesOf = <const Name extends string>(known: readonly Name[], does: string): Option<readonly Name[]> => ({
  placeholder: 'NAME,...',
  does: `${does}: ${known.join(', ')} (all)`,
  read(option, given) {
    if (given.length === 0) return known;
    const asked = given
      .join(',')
      .split(',')
      .map((name) => choiceOf(`--${option}`, name.trim(), known));
    return known.filter((name) => asked.includes(name));
  },
});

/** The choice that a text is. @throws CommandLineFault that names them all; `what` begins it */
export function choiceOf<Choice extends string>(what: string, given: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === given);
  if (choice === undefined) throw new CommandLineFault(`${what} is "${given}"; it can be ${choices.join(', ')}`);
  return choice;
}

/**
 * Reads the words that a person typed behind the name of a command: what is asked, or the help when they ask for that.
 * @throws CommandLineFault for an option that it does not have, a value that cannot be, too few words or too many
 */
export function parseCommandLine<const Given extends Options>(
  given: readonly string[],
  command: Command<Given>,
): Asked<Given> | { readonly help: string } {
  const { values, positionals: words } = parse(given, command.options);
  if (values['help'] !== undefined) return { help: helpOf(command) };
  const { least, most } = command.words ?? { least: 0, most: 0 };
  if (words.length > most) throw new CommandLineFault(`"${words[most]}" is not understood. See --help.`);
  if (words.length < least) throw new CommandLineFault(`a word is missing: ${command.usage}. See --help.`);
  const read = Object.entries(command.options).map(([name, option]) => [name, option.read(name, values[name] ?? [])]);
  const options = Object.fromEntries(read) as ValuesOf<Given>;
  const fault = command.check?.(options) ?? null;
  if (fault !== null) throw new CommandLineFault(`${fault}. See --help.`);
  return { options, words };
}

/**
 * `parseCommandLine` for a program of its own: prints the help to stdout and ends the process with 0, or says in one line on
 * stderr what is wrong and ends it with 2, before anything was begun.
 */
export function readCommandLine<const Given extends Options>(
  command: Command<Given>,
  given: readonly string[] = process.argv.slice(2),
): Asked<Given> {
  try {
    const asked = parseCommandLine(given, command);
    if (!('help' in asked)) return asked;
    process.stdout.write(asked.help);
    return process.exit(0);
  } catch (error) {
    if (!(error instanceof CommandLineFault)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(2);
  }
}

const help: Option<boolean> = flag('this text', 'h');

function parse(given: readonly string[], options: Options) {
  const known = Object.entries({ ...options, help }).map(([name, { placeholder, short }]) => {
    const type = placeholder === null ? 'boolean' : 'string';
    return [name, { type, multiple: true, ...(short === undefined ? {} : { short }) }] as const;
  });
  try {
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: Object.fromEntries(known),
    });
    const found = Object.entries(values).map(([name, all]) => [name, [all].flat().map(String)]);
    return { values: Object.fromEntries(found) as Record<string, string[] | undefined>, positionals };
  } catch (error) {
    const [reason] = (isError(error) ? error.message : String(error)).split(/\. |\n/, 1);
    throw new CommandLineFault(`${reason}. See --help.`, { cause: error });
  }
}

/** What `--help` prints: usage, and each option with what it does. */
function helpOf({ usage, does, options, more }: Omit<Command<Options>, 'check'>): string {
  const rows = Object.entries({ ...options, help }).map(([name, { placeholder, short, does: tells }]) => {
    const dashes = `${short === undefined ? '' : `-${short}, `}--${name}`;
    return [placeholder === null ? dashes : `${dashes} ${placeholder}`, tells] as const;
  });
  const width = Math.min(28, Math.max(...rows.map(([written]) => written.length)) + 2);
  const lines = rows.map(([written, tells]) =>
    written.length < width ? `  ${written.padEnd(width)}${tells}` : `  ${written}\n  ${' '.repeat(width)}${tells}`,
  );
  const separator = usage.startsWith('npm run') && !usage.includes(' -- ') ? ' --' : '';
  const parts = [
    does,
    `Usage: ${usage}${separator} [options]`,
    lines.join('\n'),
    ...(more === undefined ? [] : [more]),
  ];
  return `${parts.join('\n\n')}\n`;
}

const withFallback = (does: string, fallback: string | number | undefined): string =>
  fallback === undefined ? does : `${does} (${fallback})`;
