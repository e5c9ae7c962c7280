import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Collection } from '../compile/collect-fields.ts';
import { allFields } from './all-fields.ts';
import { argumentsTerm } from './argument-cost.ts';
import { CostProgram, type GivenVariables, largestCost } from './cost-program.ts';
import type { CostModel } from './estimate.ts';

/** An operation that was executed. */
export interface Executed {
  readonly collection: Collection;
  readonly operation: OperationDefinitionNode;
  readonly variables: GivenVariables;
}

/** One field of the objects of a type: what it adds each time that it is resolved, and what is below it. */
interface PricedField {
  readonly responseName: string;
  readonly own: number;
  readonly type: GraphQLNamedType;
  readonly sets: readonly SelectionSetNode[];
}

/**
 * What an answer came to, by the same weights as the estimate: fields as often as they were resolved, objects and leaves that
 * are there, nulls not. An object of an abstract type whose `__typename` was not asked for counts as the dearest one that it can be.
 */
export function measureActual(model: CostModel, executed: Executed, data: unknown): number {
  const root = model.schema.getRootType(executed.operation.operation);
  if (!root || !isRecord(data)) return 0;
  const measurement = new Measurement(model, executed);
  return Math.max(0, Math.min(largestCost, measurement.ofObject(root, [executed.operation.selectionSet], data)));
}

class Measurement {
  readonly #model: CostModel;
  readonly #executed: Executed;
  readonly #known = new Map<GraphQLObjectType, Map<string, readonly PricedField[]>>();
  readonly #numbers = new Map<SelectionSetNode, number>();

  constructor(model: CostModel, executed: Executed) {
    this.#model = model;
    this.#executed = executed;
  }

  ofObject(type: GraphQLObjectType, sets: readonly SelectionSetNode[], data: Record<string, unknown>): number {
    let sum = 0;
    for (const { responseName, own, type: below, sets: inner } of this.#fieldsOf(type, sets)) {
      sum += own + this.#ofValue(below, inner, data[responseName]);
    }
    return sum;
  }

  #ofValue(type: GraphQLNamedType, sets: readonly SelectionSetNode[], value: unknown): number {
    if (value === null || value === undefined) return 0;
    if (Array.isArray(value)) {
      let sum = 0;
      for (const item of value as unknown[]) sum += this.#ofValue(type, sets, item);
      return sum;
    }
    const { costs } = this.#model;
    if (isLeafType(type)) return costs.types.get(type.name) ?? 0;
    if (!isRecord(value)) return 0;
    return Math.max(
      ...this.#typesOf(type, sets, value).map(
        (object) => (costs.types.get(object.name) ?? 1) + this.ofObject(object, sets, value),
      ),
    );
  }

  /** The types that an object may have, by its `__typename` or by the fields that it has. */
  #typesOf(
    type: GraphQLNamedType,
    sets: readonly SelectionSetNode[],
    value: Record<string, unknown>,
  ): readonly GraphQLObjectType[] {
    if (isObjectType(type)) return [type];
    const possible = isAbstractType(type) ? this.#model.schema.getPossibleTypes(type) : [];
    const named = possible.filter(({ name }) => value['__typename'] === name);
    if (named.length > 0) return named;
    const fitting = possible.filter((object) =>
      this.#fieldsOf(object, sets).every(({ responseName }) => Object.hasOwn(value, responseName)),
    );
    return fitting.length > 0 ? fitting : possible;
  }

  #fieldsOf(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): readonly PricedField[] {
    const key = sets.map((set) => this.#numberOf(set)).join();
    const ofType = this.#known.get(type) ?? new Map<string, readonly PricedField[]>();
    this.#known.set(type, ofType);
    const known = ofType.get(key);
    if (known) return known;
    const collected = allFields(this.#executed.collection, type, sets);
    const fields = [...collected].flatMap(([responseName, nodes]) => this.#price(type, responseName, nodes));
    ofType.set(key, fields);
    return fields;
  }

  #price(parent: GraphQLObjectType, responseName: string, nodes: readonly FieldNode[]): PricedField | [] {
    const [node] = nodes;
    const field = node && parent.getFields()[node.name.value];
    if (!field) return [];
    const { costs } = this.#model;
    const cost = costs.fields.get(`${parent.name}.${field.name}`);
    const program = new CostProgram();
    const term = program.sum([cost?.weight ?? 0, argumentsTerm(program, costs, { field, node, cost })]);
    const finished = program.finish(term);
    const own = typeof finished === 'number' ? finished : finished(this.#executed.variables);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return { responseName, own: Math.max(0, own), type: getNamedType(field.type), sets };
  }

  #numberOf(set: SelectionSetNode): number {
    const number = this.#numbers.get(set) ?? this.#numbers.size;
    this.#numbers.set(set, number);
    return number;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
