import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { Costs, FieldCost } from '../../composition/supergraph.ts';
import type { CostProgram, GivenVariables, Term } from './cost-program.ts';
import { dependsOnVariables, givenFor, keyOf, valueOf } from './given-values.ts';

/** So deep no input is followed; the limits of requests refuse it before. */
const deepestInput = 200;

/** A field and what it is given. */
export interface GivenField {
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  readonly cost: FieldCost | undefined;
}

/** What the arguments of a field add to its cost, each time that it is resolved. */
export function argumentsTerm(program: CostProgram, costs: Costs, { field, node, cost }: GivenField): Term {
  const terms = field.args.map((argument): Term => {
    const weight = cost?.arguments.get(argument.name);
    const given = givenFor(node, argument.name);
    if (!given && argument.defaultValue === undefined) return 0;
    if (weight === undefined && isFree(costs, argument.type)) return 0;
    const read = (variables: GivenVariables) => {
      const value = valueOf(given, variables) ?? argument.defaultValue;
      if (value === undefined || value === null) return 0;
      return weight === undefined
        ? inputCost(costs, argument.type, value)
        : weight + fieldsCost(costs, argument.type, value);
    };
    if (!dependsOnVariables(given)) return read({});
    const key = `argument ${String(argument.type)} ${weight} ${keyOf(given)}`;
    return program.read(key, read);
  });
  return program.sum(terms);
}

/** What one value costs: an input object 1 and what its fields cost, each element of a list its own, others their type's weight. */
function inputCost(costs: Costs, type: GraphQLInputType, value: unknown, depth = 0): number {
  if (value === undefined || value === null || depth > deepestInput) return 0;
  if (isNonNullType(type)) return inputCost(costs, type.ofType, value, depth);
  if (isListType(type)) return sumOf(value, (item) => inputCost(costs, type.ofType, item, depth + 1));
  if (isInputObjectType(type)) return 1 + fieldsCost(costs, type, value, depth);
  return costs.types.get(type.name) ?? 0;
}

/** What the fields of input objects in a value cost, those left out by their defaults. */
function fieldsCost(costs: Costs, type: GraphQLInputType, value: unknown, depth = 0): number {
  if (value === undefined || value === null || depth > deepestInput) return 0;
  if (isNonNullType(type)) return fieldsCost(costs, type.ofType, value, depth);
  if (isListType(type)) return sumOf(value, (item) => fieldsCost(costs, type.ofType, item, depth + 1));
  if (!isInputObjectType(type) || typeof value !== 'object') return 0;
  let sum = 0;
  for (const [name, field] of Object.entries(type.getFields())) {
    const given = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    const counted = given === undefined ? field.defaultValue : given;
    if (counted === undefined || counted === null) continue;
    const weight = costs.inputFields.get(`${type.name}.${name}`);
    sum +=
      weight === undefined
        ? inputCost(costs, field.type, counted, depth + 1)
        : weight + fieldsCost(costs, field.type, counted, depth + 1);
  }
  return sum;
}

/** One value stands for a list of one, as GraphQL coerces it. */
function sumOf(value: unknown, cost: (item: unknown) => number): number {
  if (!Array.isArray(value)) return cost(value);
  let sum = 0;
  for (const item of value) sum += cost(item);
  return sum;
}

/** True for scalars and enums without a weight. */
function isFree(costs: Costs, type: GraphQLInputType): boolean {
  if (isNonNullType(type) || isListType(type)) return isFree(costs, type.ofType);
  return !isInputObjectType(type) && !costs.types.get(type.name);
}
