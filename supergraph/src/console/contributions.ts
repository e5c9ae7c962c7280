import { type DirectiveNode, Kind, parse } from 'graphql';
import type { Graph } from '../engine/engine.ts';

/** What a subgraph gives to the graph: `Type.field` for each field that it resolves, sorted. */
export interface Contribution {
  readonly types: readonly string[];
  readonly fields: readonly string[];
}

/**
 * Reads from a supergraph which subgraph resolves what. A field without `@join__field` comes from every subgraph of its type.
 * Source: specs.apollo.dev/join/v0.5
 */
export function readContributions({ supergraphSdl }: Pick<Graph, 'supergraphSdl'>): ReadonlyMap<string, Contribution> {
  const document = parse(supergraphSdl, { noLocation: true });
  const names = readGraphNames(document);
  const types = new Map<string, Set<string>>();
  const fields = new Map<string, Set<string>>();
  const add = (to: Map<string, Set<string>>, graph: string, value: string) => {
    const name = names.get(graph);
    if (name === undefined) return;
    const known = to.get(name) ?? new Set();
    to.set(name, known.add(value));
  };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const type = definition.name.value;
    if (type.includes('__')) continue;
    const owners = graphsOf(definition.directives ?? [], 'join__type');
    for (const owner of owners) if (!rootTypes.has(type)) add(types, owner, type);
    for (const field of definition.fields ?? []) {
      const joins = (field.directives ?? []).filter(({ name }) => name.value === 'join__field');
      const from = joins.length === 0 ? owners : graphsOf(joins.filter(isResolved), 'join__field');
      for (const owner of from) add(fields, owner, `${type}.${field.name.value}`);
    }
  }
  return new Map(
    [...names.values()].map((name) => [
      name,
      { types: [...(types.get(name) ?? [])].toSorted(), fields: [...(fields.get(name) ?? [])].toSorted() },
    ]),
  );
}

const rootTypes: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/** The names of the subgraphs by their names in the SDL. */
function readGraphNames(document: ReturnType<typeof parse>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const value of definition.values ?? []) {
      const [graph] = value.directives ?? [];
      names.set(value.name.value, (graph && argumentOf(graph, 'name')) ?? value.name.value.toLowerCase());
    }
  }
  return names;
}

const graphsOf = (directives: readonly DirectiveNode[], name: string): string[] =>
  directives.filter((one) => one.name.value === name).flatMap((one) => argumentOf(one, 'graph') ?? []);

/** What is only borrowed for a key or for @requires is somebody else's. */
const isResolved = (join: DirectiveNode) => argumentOf(join, 'external') === undefined;

function argumentOf({ arguments: given = [] }: DirectiveNode, name: string): string | undefined {
  const value = given.find((one) => one.name.value === name)?.value;
  return value && 'value' in value ? String(value.value) : undefined;
}
