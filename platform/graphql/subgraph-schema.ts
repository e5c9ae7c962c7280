import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import { applyPermissions, type Permissions } from './shield.ts';

/** What a subgraph's schema is made of. `resolvers` by type and field, `__resolveReference` for entities. */
export interface SubgraphDefinition {
  readonly sdl: string;
  readonly resolvers: object;
  readonly permissions?: Permissions | undefined;
}

type Module = Extract<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>[number];
type ResolverMap = NonNullable<Extract<Module, { resolvers?: unknown }>['resolvers']>;

/**
 * An executable schema with `_service` (the SDL as it was given) and `_entities`, guarded by the permissions. The events
 * of a subscription are resolved by executing its operation like a query, so a field's `resolve` counts, never `subscribe`.
 * @throws GraphQLError for an SDL that is none
 */
export function createSubgraphSchema({ sdl, resolvers, permissions }: SubgraphDefinition): GraphQLSchema {
  const open = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as ResolverMap }]);
  const service = open.getQueryType()?.getFields()['_service'];
  if (service) service.resolve = () => ({ sdl });
  for (const field of Object.values(open.getSubscriptionType()?.getFields() ?? {})) delete field.subscribe;
  return permissions ? applyPermissions(open, permissions) : open;
}
