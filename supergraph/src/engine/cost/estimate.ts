import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Costs } from '../../composition/supergraph.ts';
import type { Collection } from '../compile/collect-fields.ts';
import { allFields } from './all-fields.ts';
import { argumentsTerm } from './argument-cost.ts';
import { CostProgram, type GivenVariables, type Term } from './cost-program.ts';
import { listSizeTerm } from './list-size.ts';

/** What costs are estimated by. */
export interface CostModel {
  readonly schema: GraphQLSchema;
  readonly costs: Costs;
  /** How many elements a list has of which nothing is said. */
  readonly assumedListSize: number;
}

/** The cost of an operation, as far as it does not depend on variables. */
export type Estimate = number | ((variables: GivenVariables) => number);

/** How many fields of types one estimate may look at: what unfolds to more is refused. */
const mostFields = 20_000;

/** A list that a field below another one gives, of the size that the other one says. */
interface Sizing {
  readonly key: string;
  readonly size: Term;
  readonly paths: readonly (readonly string[])[];
}

/**
 * Compiles what an operation costs at most: for each field, as often as it is resolved, its weight and that of its arguments;
 * and for each object or leaf that it gives, the weight of its type and all that is selected of it. Objects weigh 1, everything
 * else 0 unless it says otherwise; of an abstract type the dearest object counts. Fields of one response name count once.
 * Each selection is looked at once per type, so fragments that multiply do not multiply the work.
 * @throws CodedError OPERATION_TOO_LARGE; BAD_USER_INPUT when a slicing argument is missing, which the estimate throws as well
 * Source: ibm.github.io/graphql-specs/cost-spec.html, Cost Computation
 */
export function compileEstimate(
  model: CostModel,
  collection: Collection,
  operation: OperationDefinitionNode,
): Estimate {
  const root = model.schema.getRootType(operation.operation);
  if (!root) return 0;
  const estimation = new Estimation(model, collection);
  return estimation.program.finish(estimation.ofObject(root, [operation.selectionSet], null));
}

class Estimation {
  readonly program = new CostProgram();
  readonly #model: CostModel;
  readonly #collection: Collection;
  readonly #known = new Map<string, Term>();
  readonly #numbers = new Map<SelectionSetNode, number>();
  #fields = 0;

  constructor(model: CostModel, collection: Collection) {
    this.#model = model;
    this.#collection = collection;
  }

  /** What is selected of one object; the object itself not counted. */
  ofObject(type: GraphQLObjectType, sets: readonly SelectionSetNode[], sizing: Sizing | null): Term {
    const key = `${type.name} ${sets.map((set) => this.#numberOf(set)).join()} ${sizing?.key ?? ''}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const fields = allFields(this.#collection, type, sets);
    this.#fields += fields.size;
    if (this.#fields > mostFields) throw tooLarge();
    const term = this.program.sum([...fields.values()].map((nodes) => this.#ofField(type, nodes, sizing)));
    this.#known.set(key, term);
    return term;
  }

  #ofField(parent: GraphQLObjectType, nodes: readonly FieldNode[], sizing: Sizing | null): Term {
    const [node] = nodes;
    const name = node?.name.value ?? '';
    const field = parent.getFields()[name];
    if (!node || !field) return name.startsWith('__') && name !== '__typename' ? 1 : 0;
    const { costs } = this.#model;
    const coordinate = `${parent.name}.${name}`;
    const cost = costs.fields.get(coordinate);
    const own = this.program.sum([cost?.weight ?? 0, argumentsTerm(this.program, costs, { field, node, cost })]);
    const sized = this.#sizeOf({ coordinate, field, node, type: field.type, listSize: cost?.listSize, sizing });
    const type = getNamedType(field.type);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const each = this.#ofValue(type, sets, sized.below);
    return this.program.sum([this.program.most([own, 0]), this.program.times(sized.size, each)]);
  }

  /** What one object or leaf costs with all that is selected of it. */
  #ofValue(type: GraphQLNamedType, sets: readonly SelectionSetNode[], sizing: Sizing | null): Term {
    const { schema, costs } = this.#model;
    if (isLeafType(type)) return costs.types.get(type.name) ?? 0;
    const objects = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : [];
    const ofEach = objects.map((object) =>
      this.program.sum([costs.types.get(object.name) ?? 1, this.ofObject(object, sets, sizing)]),
    );
    return ofEach.length === 0 ? 0 : ofEach.length === 1 ? (ofEach[0] ?? 0) : this.program.most(ofEach);
  }

  #sizeOf(at: SizedAt): { readonly size: Term; readonly below: Sizing | null } {
    const { coordinate, field, node, type, listSize, sizing } = at;
    const { assumedListSize } = this.#model;
    const lists = listDepth(type);
    const inherited = sizing?.paths.filter(([first]) => first === field.name) ?? [];
    const isSized = inherited.some((path) => path.length === 1);
    const deeper = inherited.filter((path) => path.length > 1).map((path) => path.slice(1));
    const said =
      listSize && listSizeTerm(this.program, { coordinate, field, node, listSize, assumedSize: assumedListSize });
    const isOwn = said !== null && said !== undefined && listSize?.sizedFields.length === 0;
    const outer = isSized && sizing ? sizing.size : isOwn ? said : assumedListSize;
    const size = lists === 0 ? 1 : this.program.times(outer, assumedListSize ** (lists - 1));
    if (listSize && listSize.sizedFields.length > 0 && said !== null && said !== undefined)
      return { size, below: { key: `${coordinate} ${nameOf(said)}`, size: said, paths: listSize.sizedFields } };
    if (sizing && deeper.length > 0)
      return { size, below: { key: `${sizing.key}.${field.name}`, size: sizing.size, paths: deeper } };
    return { size, below: null };
  }

  #numberOf(set: SelectionSetNode): number {
    const number = this.#numbers.get(set) ?? this.#numbers.size;
    this.#numbers.set(set, number);
    return number;
  }
}

interface SizedAt extends Omit<Parameters<typeof listSizeTerm>[1], 'listSize' | 'assumedSize'> {
  readonly type: GraphQLOutputType;
  readonly listSize: Parameters<typeof listSizeTerm>[1]['listSize'] | null | undefined;
  readonly sizing: Sizing | null;
}

const nameOf = (term: Term) => (typeof term === 'number' ? `of ${term}` : `slot ${term.slot}`);

function listDepth(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return listDepth(type.ofType);
  return isListType(type) ? 1 + listDepth(type.ofType) : 0;
}

function tooLarge(): CodedError {
  return new CodedError('OPERATION_TOO_LARGE', 'The operation is too large once its fragments are expanded.', {
    httpStatus: 400,
  });
}
