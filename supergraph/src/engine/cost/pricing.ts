import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { FragmentDefinitionNode } from 'graphql';
import { Kind } from 'graphql';
import type { Collection } from '../compile/collect-fields.ts';
import { selectOperation } from '../operation.ts';
import type { KnownOperation } from '../plan.ts';
import { measureActual } from './actual-cost.ts';
import type { GivenVariables } from './cost-program.ts';
import { compileEstimate, type CostModel, type Estimate } from './estimate.ts';
import { variableDefaults } from './given-values.ts';

/** Prices the operations of one graph. */
export interface Pricing {
  /**
   * What the operation costs at most with these variables, as the client gave them; what its caller may not see costs nothing.
   * Compiled once for each operation and combination of @skip and @include.
   * @throws CodedError OPERATION_TOO_LARGE; BAD_USER_INPUT when a slicing argument is missing
   */
  estimate(known: KnownOperation, variables: GivenVariables): number;
  /** What an answer came to. */
  measure(known: KnownOperation, variables: GivenVariables, data: unknown): number;
}

interface Priced {
  readonly withDefaults: (given: GivenVariables) => GivenVariables;
  readonly estimates: Map<string, Estimate | CodedError>;
}

/** So many combinations of flags are remembered of one operation. */
const mostCombinations = 32;

/** Creates the pricing of a graph. */
export function createPricing(model: CostModel): Pricing {
  const known = new WeakMap<KnownOperation, Priced>();
  const pricedOf = (operation: KnownOperation): Priced => {
    const before = known.get(operation);
    if (before) return before;
    const priced = { withDefaults: variableDefaults(operation.operation), estimates: new Map() };
    known.set(operation, priced);
    return priced;
  };
  return {
    estimate(operation, given) {
      const priced = pricedOf(operation);
      const variables = priced.withDefaults(given);
      const key = flagsKey(operation, variables);
      const estimate = priced.estimates.get(key) ?? compile(model, operation, variables);
      if (!priced.estimates.has(key)) {
        if (priced.estimates.size >= mostCombinations) priced.estimates.clear();
        priced.estimates.set(key, estimate);
      }
      if (estimate instanceof CodedError) throw estimate;
      return Math.max(0, typeof estimate === 'number' ? estimate : estimate(variables));
    },
    measure(operation, given, data) {
      const { allowed, operationName } = operation;
      if (!allowed) return 0;
      const variables = pricedOf(operation).withDefaults(given);
      const collection = collectionOf(model, operation, variables);
      return measureActual(model, { collection, operation: selectOperation(allowed, operationName), variables }, data);
    },
  };
}

/** What is wrong with an operation is remembered as well. */
function compile(model: CostModel, known: KnownOperation, variables: GivenVariables): Estimate | CodedError {
  if (!known.allowed) return 0;
  try {
    const operation = selectOperation(known.allowed, known.operationName);
    return compileEstimate(model, collectionOf(model, known, variables), operation);
  } catch (fault) {
    if (fault instanceof CodedError) return fault;
    throw fault;
  }
}

function flagsKey({ flags }: KnownOperation, variables: GivenVariables): string {
  let key = '';
  for (const name of flags) key += variables[name] === true ? '1' : '0';
  return key;
}

function collectionOf(
  { schema }: CostModel,
  { allowed, flags }: KnownOperation,
  variables: GivenVariables,
): Collection {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of allowed?.definitions ?? []) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return { schema, fragments, flags: new Map(flags.map((name) => [name, variables[name] === true])) };
}
