import { type ConstDirectiveNode, type DocumentNode, Kind, visit } from 'graphql';
import { argumentOf, directiveName, type Link } from './links.ts';
import type { Policies, Requirement } from './supergraph.ts';

type Demand = (directive: ConstDirectiveNode) => Partial<Requirement>;

/** Reads who may see what: `@authenticated`, `@requiresScopes` and `@policy` on types and fields, whatever their names here. */
export function readPolicies(document: DocumentNode, links: readonly Link[]): Policies {
  const demands = demandsByDirective(links);
  const types = new Map<string, Requirement>();
  const fields = new Map<string, Requirement>();
  for (const definition of document.definitions) {
    if (!('name' in definition) || !definition.name || !('directives' in definition)) continue;
    const typeName = definition.name.value;
    add(types, typeName, requirementOf((definition.directives ?? []) as readonly ConstDirectiveNode[], demands));
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) {
      add(fields, `${typeName}.${field.name.value}`, requirementOf(field.directives ?? [], demands));
    }
  }
  return { types, fields };
}

const specsThatGatewayRefuses: ReadonlySet<string> = new Set(['authenticated', 'requiresScopes', 'policy', 'cacheTag']);

/**
 * Takes the specs out that ApolloGateway refuses to load: their links, definitions and applications.
 * Who loads the result must enforce the policies himself.
 */
export function stripSpecs(document: DocumentNode, links: readonly Link[]): DocumentNode {
  const refused = links.filter(({ spec, isApollo }) => isApollo && specsThatGatewayRefuses.has(spec));
  const applications = new Set(refused.map((link) => link.application));
  const directives = new Set(refused.map((link) => directiveName(link, link.spec)));
  const imported = new Set(refused.flatMap((link) => [...link.imports.values()]));
  const isForeign = (name: string) =>
    imported.has(name) || refused.some(({ namespace }) => name.startsWith(`${namespace}__`));
  return visit(document, {
    Directive: (node) =>
      applications.has(node as ConstDirectiveNode) || directives.has(node.name.value) ? null : undefined,
    DirectiveDefinition: (node) => (directives.has(node.name.value) || isForeign(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) => (isForeign(node.name.value) ? null : undefined),
  });
}

function demandsByDirective(links: readonly Link[]): ReadonlyMap<string, Demand> {
  const demands: Record<string, Demand> = {
    authenticated: () => ({ authenticated: true }),
    requiresScopes: (directive) => ({ scopes: readAlternatives(argumentOf(directive, 'scopes')) }),
    policy: (directive) => ({ policies: readAlternatives(argumentOf(directive, 'policies')) }),
  };
  return new Map(
    links.flatMap((link) => {
      const demand = link.isApollo ? demands[link.spec] : undefined;
      return demand ? [[directiveName(link, link.spec), demand] as const] : [];
    }),
  );
}

function requirementOf(
  directives: readonly ConstDirectiveNode[],
  demands: ReadonlyMap<string, Demand>,
): Requirement | null {
  const found = directives.flatMap((directive) => demands.get(directive.name.value)?.(directive) ?? []);
  if (found.length === 0) return null;
  return Object.assign({ authenticated: false, scopes: [], policies: [] }, ...found) as Requirement;
}

function add(into: Map<string, Requirement>, key: string, requirement: Requirement | null): void {
  if (requirement) into.set(key, requirement);
}

/** An OR of ANDs; a single name stands for a list of one, as GraphQL coerces it. */
function readAlternatives(value: unknown): readonly (readonly string[])[] {
  return toList(value).map((alternative) => toList(alternative).map(String));
}

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);
