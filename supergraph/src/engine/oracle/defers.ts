import { type DirectiveNode, type ExecutionResult, Kind, print, type SelectionNode, visit } from 'graphql';
import type { IncrementalResult } from '../defer/incremental-result.ts';
import { createDice } from './dice.ts';
import { stable } from './selections.ts';
import type { Answers, Case } from './world.ts';

type Path = readonly (string | number)[];

/** A case with some of its selections deferred, as a seed decides: labelled or not, with a condition or not, one within another. */
export function deferSome(testCase: Case, seed: number): Case {
  const dice = createDice(seed);
  const [operation] = testCase.document.definitions;
  const declared = operation && 'variableDefinitions' in operation ? (operation.variableDefinitions ?? []) : [];
  const flags = declared.map(({ variable }) => variable.name.value).filter((name) => ['yes', 'no'].includes(name));
  let labels = 0;
  const defer = (): DirectiveNode => {
    const label = { name: 'label', value: { kind: Kind.STRING, value: `l${labels}` } as const };
    const isKnown = flags.length === 0 || dice.chance(50);
    const value = isKnown
      ? ({ kind: Kind.BOOLEAN, value: dice.chance(70) } as const)
      : ({ kind: Kind.VARIABLE, name: nameNode(dice.pick(flags)) } as const);
    labels += 1;
    const given = [...(dice.chance(50) ? [label] : []), ...(dice.chance(30) ? [{ name: 'if', value }] : [])];
    return {
      kind: Kind.DIRECTIVE,
      name: nameNode('defer'),
      arguments: given.map(({ name, value }) => ({ kind: Kind.ARGUMENT, name: nameNode(name), value })),
    };
  };
  const document = visit(testCase.document, {
    SelectionSet: {
      leave(node) {
        const selections = node.selections.map((selection): SelectionNode => {
          if (selection.kind === Kind.FIELD || !dice.chance(25)) return selection;
          return { ...selection, directives: [...(selection.directives ?? []), defer()] };
        });
        if (!dice.chance(25)) return { ...node, selections };
        const at = dice.below(selections.length);
        const selectionSet = { kind: Kind.SELECTION_SET, selections: selections.slice(at) } as const;
        const deferred = { kind: Kind.INLINE_FRAGMENT, directives: [defer()], selectionSet } as const;
        return { ...node, selections: [...selections.slice(0, at), deferred] };
      },
    },
  });
  return { ...testCase, document, source: print(document) };
}

/** Reads all parts of an answer and puts them together as a client does; what is wrong with the parts goes to `complaints`. */
export async function mergeParts(
  { initial, subsequent }: IncrementalResult,
  complaints: string[],
): Promise<ExecutionResult> {
  const { data, errors = [] } = JSON.parse(JSON.stringify(initial)) as ExecutionResult;
  const all = [...errors];
  let hasNext: boolean = initial.hasNext;
  for await (const parts of subsequent) {
    if (!hasNext) complaints.push('a part comes after the last one');
    if (!parts.incremental && parts.hasNext) complaints.push('there is nothing in a part');
    ({ hasNext } = parts);
    for (const { path, data: part, errors: told = [] } of JSON.parse(
      JSON.stringify(parts.incremental ?? []),
    ) as Answer[]) {
      const object = valueAt(data, path);
      if (typeof object !== 'object' || object === null || Array.isArray(object)) {
        complaints.push(`a part comes for no object: ${path.join('.')}`);
      } else if (part) mergeInto(object, part);
      else if (told.length === 0) complaints.push(`no error explains that the part at ${path.join('.')} is null`);
      all.push(...told);
      const foreign = told.filter(
        (error) => error.path && !error.path.every((key, at) => at >= path.length || path[at] === key),
      );
      complaints.push(
        ...foreign.map(({ path: other = [] }) => `an error of ${other.join('.')} stands at ${path.join('.')}`),
      );
    }
  }
  if (hasNext) complaints.push('the last part is missing');
  return { data, ...(all.length > 0 ? { errors: all } : {}) };
}

/** What is wrong with an answer in parts. With a fault only what can be told from the parts alone: nulls rise less far in them. */
export function compareParts({ faults }: Case, { expected, actual, complaints = [] }: Answers): readonly string[] {
  if (faults.length > 0 || complaints.length > 0 || expected.errors) return complaints;
  if (stable(expected.data) !== stable(actual.data)) return ['the parts are not the whole'];
  return (actual.errors ?? []).map(({ message }) => `an error: ${message}`);
}

type Answer = { readonly path: Path; readonly data: object | null; readonly errors?: ExecutionResult['errors'] };

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    data,
  );
}

function mergeInto(held: object, given: object): void {
  for (const [key, value] of Object.entries(given)) {
    const before: unknown = Object.hasOwn(held, key) ? Reflect.get(held, key) : undefined;
    const isBoth = typeof before === 'object' && before !== null && typeof value === 'object' && value !== null;
    if (isBoth) mergeInto(before, value);
    else Reflect.set(held, key, value);
  }
}

function nameNode(value: string) {
  return { kind: Kind.NAME as const, value };
}
