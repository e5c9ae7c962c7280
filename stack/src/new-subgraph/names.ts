import { CommandLineFault } from '@storefront/platform/process/command-line.ts';

/** How a subgraph is called in the places where it is named. */
export type Names = {
  /** `reviews`: the service, its folder, schema, role and queue, and the field of products. */
  readonly plural: string;
  /** `Review`: the type of its entity. */
  readonly entity: string;
};

/** What is another thing's name already, or would be read as one. */
const taken: ReadonlySet<string> = new Set(
  'gateway supergraph platform schema stack e2e test secrets provision migrate postgres redis rabbitmq consul public graphql'.split(
    ' ',
  ),
);
/** What cannot be the name of a variable. */
const reservedWords: ReadonlySet<string> = new Set(
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield'.split(
    ' ',
  ),
);

/**
 * Checks what was typed. The entity is called after the service unless it is given: `reviews` are of the type `Review`.
 * @throws CommandLineFault that says what is wrong with it and what would be right
 */
export function readNames(plural: string, entity?: string): Names {
  if (!/^[a-z]{3,30}$/.test(plural))
    throw new CommandLineFault(
      `"${plural}" cannot be a subgraph's name: it is 3 to 30 small letters, for example reviews`,
    );
  if (taken.has(plural)) throw new CommandLineFault(`"${plural}" is another thing's name already: choose another one`);
  const type = entity ?? entityOf(plural);
  if (type === undefined)
    throw new CommandLineFault(
      `what is one of the ${plural} called? Say it with --entity, for example --entity Review`,
    );
  if (!/^[A-Z][A-Za-z]{1,40}$/.test(type))
    throw new CommandLineFault(
      `--entity is "${type}"; it can be letters that begin with a capital, for example Review`,
    );
  if (type.toLowerCase() === plural)
    throw new CommandLineFault(`--entity is one of the ${plural}, so it has another name`);
  if (reservedWords.has(variableOf(type)) || reservedWords.has(plural))
    throw new CommandLineFault(`"${variableOf(type)}" is a word of TypeScript: give another name with --entity`);
  return { plural, entity: type };
}

/**
 * Writes a template, which tells of `reviews`, for another subgraph. Paths are in kebab-case.
 * `port` takes the place of 3004.
 */
export function rename(text: string, { plural, entity }: Names, { port = 0, isPath = false } = {}): string {
  const words: Readonly<Record<string, string>> = {
    reviews: plural,
    Reviews: capitalized(plural),
    review: isPath ? kebabOf(entity) : variableOf(entity),
    Review: entity,
  };
  return text.replaceAll(/[Rr]eviews?/g, (word) => words[word] ?? word).replaceAll('3004', String(port));
}

function entityOf(plural: string): string | undefined {
  const endings: readonly (readonly [RegExp, string])[] = [
    [/ies$/, 'y'],
    [/(ss|x|ch|sh)es$/, '$1'],
    [/([^s])s$/, '$1'],
  ];
  const found = endings.find(([ending]) => ending.test(plural));
  return found && capitalized(plural.replace(...found));
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const variableOf = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);
const kebabOf = (type: string): string => variableOf(type).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
