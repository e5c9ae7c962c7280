import type { FetchNode } from '@apollo/query-planner';
import { createHash } from 'node:crypto';
import { type CachePolicy, readCachePolicy } from '@storefront/platform/caching/policy.ts';
import { type FragmentDefinitionNode, type GraphQLSchema, Kind, OperationTypeNode, parse } from 'graphql';
import type { CacheRules } from '../composition/read-cache-rules.ts';
import { fillTag, readPath, tagsToPurge } from './tag-format.ts';
import { type ArgumentTag, readMutationTags, readTagPlan, type TagPlan } from './tag-plan.ts';

type Variables = Readonly<Record<string, unknown>>;

/** What is known of a fetch that may be kept, once for its plan. */
export interface FetchCaching {
  /** Equal for fetches that ask the same of the same subgraph, under the same rules. */
  readonly id: string;
  readonly policy: CachePolicy;
  /** The variables that it is asked with, representations aside. */
  readonly variables: readonly string[];
  readonly tags: TagPlan;
}

/** What a fetch has to do with the cache. */
export interface FetchRules {
  /** Null when it may not be kept. */
  readonly caching: FetchCaching | null;
  /** What a mutation throws away. */
  readonly purges: readonly ArgumentTag[];
}

const none: FetchRules = { caching: null, purges: [] };

/** Compiles what the rules say of a fetch; `schema` is the supergraph's. */
export function compileFetchRules(
  { schema, rules }: { readonly schema: GraphQLSchema; readonly rules: CacheRules | null },
  { node, query }: { readonly node: FetchNode; readonly query: string },
): FetchRules {
  if (!rules || node.operationKind === OperationTypeNode.SUBSCRIPTION) return none;
  const { definitions } = node.operationDocumentNode ?? parse(node.operation, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) return none;
  const reading = { schema, hints: rules.hints, rules, operation, fragments };
  if (node.operationKind === OperationTypeNode.MUTATION) return { caching: null, purges: readMutationTags(reading) };
  const policy = readCachePolicy(reading);
  // What is rewritten depends on what it is merged into.
  const isRewritten = (node.inputRewrites?.length ?? 0) + (node.outputRewrites?.length ?? 0) > 0;
  if (!policy || isRewritten) return none;
  const tags = readTagPlan(reading);
  const formats = [tags.constant, tags.ofArguments.map(({ format }) => format), [...tags.ofKeys]];
  const text = JSON.stringify([node.serviceName, query, policy.isPrivate, formats]);
  const id = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  const variables = (node.variableUsages ?? []).filter((name) => name !== 'representations');
  return { caching: { id, policy, variables, tags }, purges: [] };
}

/** The tags of what is asked for: of one entity with its representation, a JSON text. */
export function tagsOf({ tags }: FetchCaching, variables: Variables, representation: string | null): readonly string[] {
  const found = new Set(tags.constant);
  for (const { format, read, counts } of tags.ofArguments) {
    if (counts(variables)) found.add(fillTag(format, read(variables)));
  }
  if (representation === null || tags.ofKeys.size === 0) return [...found];
  const object: unknown = JSON.parse(representation);
  const formats = tags.ofKeys.get(String(readPath(object, ['__typename'])));
  // A type that nobody asked about may be any of them.
  for (const format of formats ?? [...tags.ofKeys.values()].flat()) {
    found.add(fillTag(format, formats && readPath(object, format.source?.path ?? [])));
  }
  return [...found];
}

/** The tags that a mutation throws away with these variables. */
export function purgedBy(purges: readonly ArgumentTag[], variables: Variables): readonly string[] {
  return purges.flatMap(({ format, read, counts }) => (counts(variables) ? tagsToPurge(format, read(variables)) : []));
}
