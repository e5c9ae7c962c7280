import { type ConstDirectiveNode, type DocumentNode, Kind, parse, visit } from 'graphql';
import { argumentOf } from './links.ts';

/** The subgraphs to which labels of `@override(label:)` move fields. Source: specs.apollo.dev/join/v0.4#@field */
export function readOverrideSides(supergraphSdl: string): ReadonlyMap<string, ReadonlySet<string>> {
  const document = parse(supergraphSdl);
  const names = readGraphNames(document);
  const sides = new Map<string, Set<string>>();
  const note = (directive: ConstDirectiveNode) => {
    const label = argumentOf(directive, 'overrideLabel');
    const graph = directive.arguments?.find(({ name }) => name.value === 'graph')?.value;
    const subgraph = graph?.kind === Kind.ENUM ? names.get(graph.value) : undefined;
    if (typeof label === 'string' && subgraph !== undefined)
      sides.set(label, (sides.get(label) ?? new Set()).add(subgraph));
  };
  visit(document, {
    FieldDefinition({ directives = [] }) {
      for (const directive of directives) if (directive.name.value === 'join__field') note(directive);
    },
  });
  return sides;
}

function readGraphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  visit(document, {
    EnumValueDefinition({ name, directives = [] }) {
      const graph = directives.find((directive) => directive.name.value === 'join__graph');
      const given = graph && argumentOf(graph, 'name');
      if (typeof given === 'string') names.set(name.value, given);
    },
  });
  return names;
}
