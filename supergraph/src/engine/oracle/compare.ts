import { execute, type ExecutionResult, type GraphQLFieldResolver, responsePathAsArray } from 'graphql';
import { createData } from './data.ts';
import { isOrderKept } from './executor-faults.ts';
import { stable } from './selections.ts';
import { resolveField, resolveType, type RunState } from './run-state.ts';
import type { Answers, Case, World } from './world.ts';

type Path = readonly (string | number)[];

/**
 * What is wrong with the engine's answer, for people; empty when it is right.
 * - Without faults: the data is equal to the last byte, and nobody has errors.
 * - With faults that any plan must meet: the data is equal, each null that one schema explains by an error has an error, and each
 *   error stands at a null.
 * - With faults whose effect depends on the plan (a subgraph is down; an error below a type that subgraphs declare unevenly): the
 *   data is what one schema would answer if the same places were null, and each of these has an error.
 */
export async function compare(world: World, testCase: Case, { expected, actual }: Answers): Promise<readonly string[]> {
  if (expected.data === undefined) {
    return actual.data === undefined && actual.errors ? [] : ['a request error was expected'];
  }
  if (testCase.faults.length === 0) {
    if (expected.errors) return [`the oracle is at fault: ${expected.errors[0]?.message}`];
    return [...differenceOf(expected, actual), ...(actual.errors ?? []).map(({ message }) => `an error: ${message}`)];
  }
  if (dependsOnPlan(world, testCase)) return compareLoosely(world, testCase, actual);
  return [...differenceOf(expected, actual), ...compareErrors(expected, actual)];
}

function dependsOnPlan({ facts, reliance }: World, { faults }: Case): boolean {
  return faults.some((fault) => {
    if (fault.kind === 'down' || reliance.has(fault.coordinate)) return true;
    if (fault.kind === 'null') return false;
    return [...facts.fields.values()].some(({ isUniform }) => !isUniform);
  });
}

function differenceOf({ data: expected }: ExecutionResult, { data: actual }: ExecutionResult): readonly string[] {
  return print(expected) === print(actual) ? [] : [`the data differs ${firstDifference(expected, actual)}`];
}

const print = (data: unknown): string => (isOrderKept ? JSON.stringify(data) : stable(data));

function firstDifference(one: unknown, other: unknown, path: Path = []): string {
  const isBoth = typeof one === 'object' && typeof other === 'object' && one !== null && other !== null;
  if (!isBoth) return `at ${path.join('.')}: ${JSON.stringify(one)} expected, not ${JSON.stringify(other)}`;
  const [left, right] = [Object.entries(one), Object.entries(other)];
  for (const [key, value] of left) {
    const found: unknown = Object.hasOwn(other, key) ? Reflect.get(other, key) : undefined;
    if (print(value) !== print(found)) return firstDifference(value, found, [...path, key]);
  }
  return `at ${path.join('.')}: ${left.map(([key]) => key).join()} expected, not ${right.map(([key]) => key).join()}`;
}

function compareErrors(expected: ExecutionResult, actual: ExecutionResult): readonly string[] {
  const found = (actual.errors ?? []).map(({ path }) => path ?? []);
  const nulls = new Set((expected.errors ?? []).map(({ path }) => JSON.stringify(nullOn(expected.data, path ?? []))));
  const unexplained = [...nulls]
    .map((text) => JSON.parse(text) as Path)
    .filter((path) => !found.some((candidate) => startsWith(candidate, path)))
    .map((path) => `no error explains the null at ${path.join('.')}`);
  const unfounded = found
    .filter((path) => nullOn(actual.data, path) === null)
    .map((path) => `an error stands where nothing is null: ${path.join('.')}`);
  return [...unexplained, ...unfounded];
}

/** The place on a path where the data is null; null when it is nowhere. */
function nullOn(data: unknown, path: Path): Path | null {
  let current = data;
  for (const [index, key] of path.entries()) {
    if (current === null) return path.slice(0, index);
    current = typeof current === 'object' ? Reflect.get(current as object, key) : undefined;
  }
  return current === null ? path : null;
}

async function compareLoosely(world: World, testCase: Case, actual: ExecutionResult): Promise<readonly string[]> {
  const found = (actual.errors ?? []).map(({ path }) => path ?? []);
  // The results of a mutation tell how many have run, and with a subgraph down that depends on the plan.
  if (testCase.source.startsWith('mutation')) return [];
  if (actual.data === null) return found.length > 0 ? [] : ['no error explains that there is no data'];
  const imposed: Path[] = [];
  const answer = await execute({
    schema: world.schema,
    document: testCase.document,
    variableValues: testCase.variables,
    contextValue: { data: createData(world.facts, testCase.data, world.reliance), faults: [], mutations: 0 },
    fieldResolver: imposeNulls(actual.data, imposed),
    typeResolver: resolveType,
  } as Parameters<typeof execute>[0]);
  const differences = differenceOf({ data: answer.data }, actual);
  if (testCase.faults.some(({ kind }) => kind !== 'down') && found.length > 0) return differences;
  const unexplained = imposed
    .filter((path) => !found.some((error) => startsWith(error, path) || startsWith(path, error)))
    .map((path) => `no error explains the null at ${path.join('.')}`);
  return [...differences, ...unexplained];
}

/** Resolves as without faults, but gives null wherever the data has null; tells where that changed something. */
function imposeNulls(data: unknown, imposed: Path[]): GraphQLFieldResolver<unknown, RunState> {
  return (source, args, run, info) => {
    const impose = (value: unknown, path: Path): unknown => {
      const isNull = valueAt(data, path) === null;
      if (isNull && value !== null) imposed.push(path);
      if (isNull) return null;
      return Array.isArray(value) ? value.map((item, index) => impose(item, [...path, index])) : value;
    };
    return impose(resolveField(source, args, run, info), responsePathAsArray(info.path));
  };
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (current, key) => (typeof current === 'object' && current !== null ? Reflect.get(current, key) : undefined),
    data,
  );
}

const startsWith = (path: Path, start: Path): boolean => start.every((key, index) => path[index] === key);
