import { type DocumentNode, Kind } from 'graphql';

/** Which object types stand behind a name, in each subgraph and in all. */
export interface Members {
  interfacesOf(type: string): readonly string[];
  possibleTypes(subgraph: string, type: string): readonly string[];
  typeIn(subgraph: string, type: string): string | null;
}

/** Reads who implements what and who is a member of which union. */
export function readMembers(subgraphs: readonly { readonly name: string; readonly document: DocumentNode }[]): Members {
  const interfaces = new Map<string, Set<string>>();
  const possible = new Map<string, Set<string>>();
  const objects = new Set<string>();
  const interfaceObjects = new Set<string>();
  const add = (map: Map<string, Set<string>>, key: string, value: string) =>
    void map.set(key, (map.get(key) ?? new Set()).add(value));
  const definitions = subgraphs.flatMap(({ name: subgraph, document }) =>
    document.definitions.map((definition) => ({ subgraph, definition })),
  );
  for (const { subgraph, definition } of definitions) {
    if (definition.kind === Kind.UNION_TYPE_DEFINITION)
      for (const { name } of definition.types ?? []) add(possible, `${subgraph}/${definition.name.value}`, name.value);
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
    const type = definition.name.value;
    const isInterfaceObject = definition.directives?.some(({ name }) => name.value === 'interfaceObject') === true;
    (isInterfaceObject ? interfaceObjects : objects).add(`${subgraph}/${type}`);
    for (const { name } of definition.interfaces ?? []) {
      add(interfaces, type, name.value);
      add(possible, `${subgraph}/${name.value}`, type);
    }
  }
  const interfacesOf = (type: string) => [...(interfaces.get(type) ?? [])];
  return {
    interfacesOf,
    possibleTypes(subgraph, type) {
      if (interfaceObjects.has(`${subgraph}/${type}`))
        return [...interfaces].flatMap(([name, all]) => (all.has(type) ? [name] : []));
      return objects.has(`${subgraph}/${type}`) ? [type] : [...(possible.get(`${subgraph}/${type}`) ?? [])];
    },
    typeIn(subgraph, type) {
      if (objects.has(`${subgraph}/${type}`)) return type;
      return interfacesOf(type).find((name) => interfaceObjects.has(`${subgraph}/${name}`)) ?? null;
    },
  };
}
