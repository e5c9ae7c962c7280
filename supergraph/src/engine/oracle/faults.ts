import { GraphQLError } from 'graphql';
import { hashText } from './dice.ts';
import type { StoredObject } from './data.ts';

/** Something that goes wrong in the subgraphs of a case. */
export type Fault =
  /** The resolver of a field (`Type.field` of a concrete type) throws, for all objects or half of them. */
  | { readonly kind: 'error'; readonly coordinate: string; readonly half: 0 | 1 | null }
  /** A field is null without an error, whatever its type says. */
  | { readonly kind: 'null'; readonly coordinate: string; readonly half: 0 | 1 | null }
  /** A subgraph cannot be reached. */
  | { readonly kind: 'down'; readonly subgraph: string };

/** What a field gives instead of its value: throws, null, or undefined when nothing is wrong with it. */
export function faultAt(faults: readonly Fault[], object: StoredObject, field: string): null | undefined {
  for (const fault of faults) {
    if (fault.kind === 'down' || fault.coordinate !== `${object.type}.${field}`) continue;
    if (fault.half !== null && hashText(object.id) % 2 !== fault.half) continue;
    if (fault.kind === 'null') return null;
    throw new GraphQLError('an injected fault', { extensions: { code: 'INJECTED' } });
  }
  return undefined;
}
