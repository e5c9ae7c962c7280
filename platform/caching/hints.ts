import { type ConstDirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql';

/** What one `@cacheControl` says. Times in seconds; what is undefined is not said. */
export interface CacheHint {
  readonly maxAgeSeconds?: number | undefined;
  readonly isPrivate?: boolean | undefined;
  /** As long as what it is part of. */
  readonly inherits: boolean;
  readonly staleWhileRevalidateSeconds?: number | undefined;
  readonly staleIfErrorSeconds?: number | undefined;
}

/** What an SDL says about keeping data; fields by `Type.field`. */
export interface CacheHints {
  readonly types: ReadonlyMap<string, CacheHint>;
  readonly fields: ReadonlyMap<string, CacheHint>;
  /** The types and fields that not everybody may see: what has one of them is private, whatever else is said. */
  readonly guarded: ReadonlySet<string>;
}

const guards: ReadonlySet<string> = new Set(['authenticated', 'requiresScopes', 'policy']);

/**
 * Reads the `@cacheControl` of an SDL, whatever it is called there; null when there is none. `guards` are the names of the directives
 * that say who may see something. Source: apollographql.com/docs/apollo-server/performance/caching
 */
export function readCacheHints(document: DocumentNode, name = 'cacheControl', guarding = guards): CacheHints | null {
  const types = new Map<string, CacheHint>();
  const fields = new Map<string, CacheHint>();
  const guarded = new Set<string>();
  const read = (directives: readonly ConstDirectiveNode[], coordinate: string, into: Map<string, CacheHint>) => {
    const application = directives.find((directive) => directive.name.value === name);
    if (application) into.set(coordinate, readHint(application));
    if (directives.some((directive) => guarding.has(directive.name.value))) guarded.add(coordinate);
  };
  for (const definition of document.definitions) {
    if (!('directives' in definition) || !('name' in definition) || !definition.name) continue;
    const type = definition.name.value;
    read((definition.directives ?? []) as readonly ConstDirectiveNode[], type, types);
    const hasFields =
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.OBJECT_TYPE_EXTENSION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_EXTENSION;
    if (!hasFields) continue;
    for (const field of definition.fields ?? []) read(field.directives ?? [], `${type}.${field.name.value}`, fields);
  }
  return types.size + fields.size > 0 ? { types, fields, guarded } : null;
}

function readHint({ arguments: given = [] }: ConstDirectiveNode): CacheHint {
  const said = new Map(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
  const scope = said.get('scope');
  return {
    maxAgeSeconds: readSeconds(said.get('maxAge')),
    isPrivate: typeof scope === 'string' ? scope === 'PRIVATE' : undefined,
    inherits: said.get('inheritMaxAge') === true,
    staleWhileRevalidateSeconds: readSeconds(said.get('staleWhileRevalidate')),
    staleIfErrorSeconds: readSeconds(said.get('staleIfError')),
  };
}

function readSeconds(value: unknown): number | undefined {
  return typeof value === 'number' ? Math.max(0, value) : undefined;
}
