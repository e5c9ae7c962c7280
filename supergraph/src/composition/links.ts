import { type ConstDirectiveNode, type ConstValueNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql';

/** One spec that a supergraph links: `directives` maps the spec's own names to those that this document uses. */
export interface Link {
  /** The spec's name, for example `requiresScopes`. */
  readonly spec: string;
  /** True for a spec of Apollo's, so that somebody else's spec of the same name is not taken for it. */
  readonly isApollo: boolean;
  /** What the spec's other definitions are prefixed with. */
  readonly namespace: string;
  readonly imports: ReadonlyMap<string, string>;
  readonly application: ConstDirectiveNode;
}

/** Reads the `@link` applications of a schema document. Source: specs.apollo.dev/link/v1.0 */
export function readLinks(document: DocumentNode): readonly Link[] {
  return document.definitions
    .flatMap((definition) =>
      definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
        ? (definition.directives ?? [])
        : [],
    )
    .filter((directive) => directive.name.value === 'link')
    .flatMap((application) => readLink(application) ?? []);
}

/** The name under which this document knows a directive of a linked spec. Source: specs.apollo.dev/link/v1.0#Name-Conventions */
export function directiveName(link: Link, name: string): string {
  const imported = link.imports.get(`@${name}`);
  if (imported) return imported.replace(/^@/, '');
  return name === link.spec ? link.namespace : `${link.namespace}__${name}`;
}

/** The value of one argument of a directive, plain; undefined when it is not given. */
export function argumentOf(directive: ConstDirectiveNode, name: string): unknown {
  const node: ConstValueNode | undefined = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return node && valueFromASTUntyped(node);
}

function readLink(application: ConstDirectiveNode): Link | undefined {
  const url = /^(https?:\/\/.+)\/([^/]+)\/v\d+\.\d+\/?$/.exec(String(argumentOf(application, 'url')));
  if (!url) return undefined;
  const spec = String(url[2]);
  const as = argumentOf(application, 'as');
  return {
    spec,
    isApollo: url[1] === 'https://specs.apollo.dev',
    namespace: typeof as === 'string' ? as : spec,
    imports: readImports(argumentOf(application, 'import')),
    application,
  };
}

function readImports(value: unknown): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  for (const entry of Array.isArray(value) ? (value as unknown[]) : []) {
    if (typeof entry === 'string') imports.set(entry, entry);
    else if (isRecord(entry)) imports.set(String(entry['name']), String(entry['as'] ?? entry['name']));
  }
  return imports;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
