import { rule } from '@storefront/platform/graphql/shield.ts';
import { hasScope } from '@storefront/platform/identity/caller.ts';
import type { Context } from './context.ts';

const needs = (scope: string) =>
  rule(`needs ${scope}`, { cache: 'contextual' })((_parent: unknown, _args: unknown, { caller }: Context) =>
    hasScope(caller, scope),
  );

const mayWrite = needs('products:write');

/**
 * Who may do what here. The gateway enforces `@requiresScopes` before it plans; this is the same law where the data is, for
 * whoever comes another way.
 */
export const permissions = {
  Mutation: { createProduct: mayWrite, updateProduct: mayWrite, deleteProduct: mayWrite },
  Stock: { reserved: needs('stock:read') },
};
