/** A type as one subgraph declares it. */
export interface DraftType {
  readonly keyword: 'type' | 'interface';
  readonly implements: Set<string>;
  readonly directives: string[];
  /** By name: arguments and type, then directives. */
  readonly fields: Map<string, { readonly signature: string; readonly directives: string }>;
}

/** The SDL of one subgraph in the making. */
export interface SdlDraft {
  readonly name: string;
  /** The type of that name; made when it is not there yet. */
  type(name: string, keyword?: DraftType['keyword']): DraftType;
  has(name: string): boolean;
  field(type: string, name: string, signature: string, directives?: string): void;
  union(name: string, members: readonly string[]): void;
  /** Names of what a field may return. */
  readonly composites: readonly string[];
  print(): string;
}

const header = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject"])
scalar Json
enum Color { RED GREEN BLUE }
input Filter { least: Int = 2 color: Color tags: [String!] inner: Filter }`;

/** Starts the SDL of a subgraph. Every one has the scalar `Json`, the enum `Color` and the input `Filter`. */
export function draftSdl(name: string): SdlDraft {
  const types = new Map<string, DraftType>();
  const unions = new Map<string, readonly string[]>();
  const typeOf = (typeName: string, keyword: DraftType['keyword'] = 'type') => {
    const known = types.get(typeName);
    if (known) return known;
    const fresh: DraftType = { keyword, implements: new Set(), directives: [], fields: new Map() };
    types.set(typeName, fresh);
    return fresh;
  };
  return {
    name,
    type: typeOf,
    has: (typeName) => types.has(typeName) || unions.has(typeName),
    field(typeName, fieldName, signature, directives = '') {
      typeOf(typeName).fields.set(fieldName, { signature, directives });
    },
    union: (unionName, members) => void unions.set(unionName, members),
    get composites() {
      return [...types.keys(), ...unions.keys()].filter((known) => known !== 'Query' && known !== 'Mutation');
    },
    print() {
      const printed = [...types].map(([typeName, type]) => printType(typeName, type));
      const printedUnions = [...unions].map(([unionName, members]) => `union ${unionName} = ${members.join(' | ')}`);
      return [header, ...printed, ...printedUnions].join('\n');
    },
  };
}

function printType(name: string, { keyword, implements: interfaces, directives, fields }: DraftType): string {
  const implementing = interfaces.size > 0 ? ` implements ${[...interfaces].join(' & ')}` : '';
  const lines = [...fields].map(
    ([field, { signature, directives: own }]) => `  ${field}${signature}${own ? ` ${own}` : ''}`,
  );
  return `${keyword} ${name}${implementing}${directives.map((directive) => ` ${directive}`).join('')} {\n${lines.join('\n')}\n}`;
}
