import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { FieldNode, GraphQLField } from 'graphql';
import type { ListSize } from '../../composition/supergraph.ts';
import type { CostProgram, GivenVariables, Term } from './cost-program.ts';
import { dependsOnVariables, givenFor, keyOf, valueAt, valueOf } from './given-values.ts';

/** A field whose size is asked for. */
export interface SizedField {
  /** `Type.field`. */
  readonly coordinate: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  readonly listSize: ListSize;
  /** For a field that says neither how many it is asked for nor how many it gives. */
  readonly assumedSize: number;
}

/**
 * How many elements the field gives: the most that one of its slicing arguments says, by value, variable or default; else what is
 * assumed. Reading it throws CodedError BAD_USER_INPUT when one slicing argument must be given and there are none or several.
 * Source: ibm.github.io/graphql-specs/cost-spec.html, List Size Directive Arguments
 */
export function listSizeTerm(program: CostProgram, sized: SizedField): Term {
  const { listSize, node, coordinate } = sized;
  const nodes = listSize.slicingArguments.map(([name = '']) => givenFor(node, name));
  if (!nodes.some(dependsOnVariables)) return readListSize(sized, {});
  return program.read(`size ${coordinate} ${nodes.map(keyOf).join()}`, (variables) => readListSize(sized, variables));
}

/** The same for the variables of one request. @throws CodedError BAD_USER_INPUT */
export function readListSize(sized: SizedField, variables: GivenVariables): number {
  const { listSize, field, node, coordinate } = sized;
  let given = 0;
  let size: number | undefined;
  for (const [name = '', ...path] of listSize.slicingArguments) {
    const argument = field.args.find((one) => one.name === name);
    const value = valueOf(givenFor(node, name), variables);
    const told = toSize(valueAt(value, path));
    if (told !== undefined) given += 1;
    const counted = told ?? toSize(valueAt(value ?? argument?.defaultValue, path, argument?.type));
    if (counted !== undefined) size = Math.max(size ?? 0, counted);
  }
  const { requireOneSlicingArgument: needsOne, slicingArguments } = listSize;
  const hasOne = given === 1 || (given === 0 && size !== undefined);
  if (needsOne && slicingArguments.length > 0 && !hasOne) throw notOne(coordinate, slicingArguments);
  return size ?? listSize.assumedSize ?? sized.assumedSize;
}

/** What is no whole number is for the coercion of variables to refuse. */
function toSize(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,20}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && !Number.isNaN(number) ? Math.max(0, number) : undefined;
}

function notOne(coordinate: string, paths: readonly (readonly string[])[]): CodedError {
  const names = paths.map((path) => `"${path.join('.')}"`).join(', ');
  const wanted = paths.length === 1 ? `the argument ${names}` : `exactly one of the arguments ${names}`;
  return new CodedError('BAD_USER_INPUT', `${coordinate} must be given ${wanted}.`);
}
