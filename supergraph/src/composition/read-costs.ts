import { type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode, Kind } from 'graphql';
import { argumentOf, directiveName, type Link } from './links.ts';
import type { Costs, FieldCost, ListSize } from './supergraph.ts';

/** The names that `@cost` and `@listSize` have in a document. */
interface Names {
  readonly cost: string;
  readonly listSize: string;
}

type Directives = readonly ConstDirectiveNode[] | undefined;

/**
 * Reads `@cost` and `@listSize`, whatever their names here. A weight is a number, or text that says one, as IBM's own definition
 * has it. Source: specs.apollo.dev/cost/v0.1, ibm.github.io/graphql-specs/cost-spec.html
 */
export function readCosts(document: DocumentNode, links: readonly Link[]): Costs {
  const costs = {
    types: new Map<string, number>(),
    fields: new Map<string, FieldCost>(),
    inputFields: new Map<string, number>(),
  };
  const link = links.find(({ spec, isApollo }) => spec === 'cost' && isApollo);
  if (!link) return costs;
  const names = { cost: directiveName(link, 'cost'), listSize: directiveName(link, 'listSize') };
  for (const definition of document.definitions) {
    switch (definition.kind) {
      case Kind.SCALAR_TYPE_DEFINITION:
      case Kind.ENUM_TYPE_DEFINITION:
        add(costs.types, definition.name.value, weightOf(definition.directives, names));
        break;
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION:
        add(costs.types, definition.name.value, weightOf(definition.directives, names));
        for (const field of definition.fields ?? []) {
          add(costs.fields, `${definition.name.value}.${field.name.value}`, readField(field, names));
        }
        break;
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        for (const field of definition.fields ?? []) {
          add(costs.inputFields, `${definition.name.value}.${field.name.value}`, weightOf(field.directives, names));
        }
        break;
      default:
    }
  }
  return costs;
}

function readField(field: FieldDefinitionNode, names: Names): FieldCost | null {
  const weight = weightOf(field.directives, names);
  const weights = new Map<string, number>();
  for (const given of field.arguments ?? []) {
    add(weights, given.name.value, weightOf(given.directives, names));
  }
  const listSize = readListSize(field.directives?.find(({ name }) => name.value === names.listSize));
  return weight === null && weights.size === 0 && listSize === null ? null : { weight, arguments: weights, listSize };
}

function readListSize(directive: ConstDirectiveNode | undefined): ListSize | null {
  if (!directive) return null;
  const assumedSize = argumentOf(directive, 'assumedSize');
  return {
    assumedSize: typeof assumedSize === 'number' ? assumedSize : null,
    slicingArguments: readPaths(argumentOf(directive, 'slicingArguments')),
    sizedFields: readPaths(argumentOf(directive, 'sizedFields')),
    requireOneSlicingArgument: argumentOf(directive, 'requireOneSlicingArgument') !== false,
  };
}

function weightOf(directives: Directives, { cost }: Names): number | null {
  const directive = directives?.find(({ name }) => name.value === cost);
  const weight = directive ? Number(argumentOf(directive, 'weight')) : Number.NaN;
  return Number.isFinite(weight) ? weight : null;
}

function readPaths(value: unknown): readonly (readonly string[])[] {
  const paths = value === undefined || value === null ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
  return paths.map((path) => String(path).split('.'));
}

function add<Value>(into: Map<string, Value>, key: string, value: Value | null): void {
  if (value !== null) into.set(key, value);
}
