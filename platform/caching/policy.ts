import {
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import type { CacheHint, CacheHints } from './hints.ts';

/** How long an answer may be kept, in seconds, and for whom. */
export interface CachePolicy {
  readonly maxAgeSeconds: number;
  /** For one caller alone. */
  readonly isPrivate: boolean;
  /** For so long after its age it may be given while it is read anew. Source: RFC 5861, 3 */
  readonly staleWhileRevalidateSeconds: number;
  /** For so long after its age it may be given while it cannot be read. Source: RFC 5861, 4 */
  readonly staleIfErrorSeconds: number;
}

type Writable = { -readonly [Key in keyof CachePolicy]: CachePolicy[Key] };

/** What the policy of an operation is read from. */
export interface PolicyReading {
  readonly schema: GraphQLSchema;
  readonly hints: CacheHints;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/**
 * How long the answer to an operation may be kept: as long as the least of what it selects; null when it may not be. Nothing is kept
 * that does not say so: fields that return objects need a hint of their own or of their type, and fields of Query one of their own,
 * since what they give may depend on who asks. `_entities` goes by the types that are asked for. What not everybody may see is
 * private. Neither a mutation nor introspection is ever kept.
 */
export function readCachePolicy(reading: PolicyReading): CachePolicy | null {
  const { schema, operation } = reading;
  const root = schema.getRootType(operation.operation);
  if (operation.operation !== OperationTypeNode.QUERY || !root) return null;
  const policy: Writable = {
    maxAgeSeconds: Infinity,
    isPrivate: false,
    staleWhileRevalidateSeconds: Infinity,
    staleIfErrorSeconds: Infinity,
  };
  visit(reading, operation.selectionSet, { type: root.name, isRoot: true }, policy);
  return policy.maxAgeSeconds > 0 && policy.maxAgeSeconds < Infinity ? policy : null;
}

/** The stricter of two. */
export function stricter(one: CachePolicy, other: CachePolicy): CachePolicy {
  return {
    maxAgeSeconds: Math.min(one.maxAgeSeconds, other.maxAgeSeconds),
    isPrivate: one.isPrivate || other.isPrivate,
    staleWhileRevalidateSeconds: Math.min(one.staleWhileRevalidateSeconds, other.staleWhileRevalidateSeconds),
    staleIfErrorSeconds: Math.min(one.staleIfErrorSeconds, other.staleIfErrorSeconds),
  };
}

interface Parent {
  readonly type: string;
  readonly isRoot: boolean;
}

function visit(reading: PolicyReading, { selections }: SelectionSetNode, parent: Parent, policy: Writable): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      if (name === '__typename') continue;
      const given = visitField(reading, parent, name, policy);
      if (selection.selectionSet && given) visit(reading, selection.selectionSet, given, policy);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : reading.fragments.get(selection.name.value);
    if (!fragment) continue;
    const type = fragment.typeCondition?.name.value ?? parent.type;
    if (type !== parent.type && !parent.isRoot) enterType(reading, type, parent.type === entities, policy);
    visit(reading, fragment.selectionSet, { ...parent, type }, policy);
  }
}

/** Stands for the type of `_entities`: each of its types must say itself how long it may be kept. */
const entities = '_Entity';

/** What the field gives, to be looked into; undefined when the answer cannot be kept anyway. */
function visitField(reading: PolicyReading, parent: Parent, name: string, policy: Writable): Parent | undefined {
  const { schema, hints } = reading;
  if (parent.isRoot && name === '_entities') return { type: entities, isRoot: false };
  const holder = schema.getType(parent.type);
  const field = isObjectType(holder) || isInterfaceType(holder) ? holder.getFields()[name] : undefined;
  if (!field) {
    policy.maxAgeSeconds = 0;
    return undefined;
  }
  const type = getNamedType(field.type);
  const isComposite = isCompositeType(type);
  const ofType = isComposite ? hints.types.get(type.name) : undefined;
  for (const holderName of [parent.type, ...possibleTypes(schema, parent.type)]) {
    const own = hints.fields.get(`${holderName}.${name}`);
    if (holderName !== parent.type && !own && !hints.guarded.has(`${holderName}.${name}`)) continue;
    restrict(policy, own, ofType, { isRoot: parent.isRoot, isComposite });
    if (hints.guarded.has(`${holderName}.${name}`)) policy.isPrivate = true;
  }
  if (isComposite && hints.guarded.has(type.name)) policy.isPrivate = true;
  return isComposite ? { type: type.name, isRoot: false } : undefined;
}

function enterType({ hints }: PolicyReading, type: string, isEntity: boolean, policy: Writable): void {
  const hint = hints.types.get(type);
  if (hint || isEntity) restrict(policy, undefined, hint, { isRoot: false, isComposite: isEntity });
  if (hints.guarded.has(type)) policy.isPrivate = true;
}

function restrict(
  policy: Writable,
  own: CacheHint | undefined,
  ofType: CacheHint | undefined,
  { isRoot, isComposite }: { readonly isRoot: boolean; readonly isComposite: boolean },
): void {
  if (own?.isPrivate ?? ofType?.isPrivate) policy.isPrivate = true;
  if (own?.maxAgeSeconds !== undefined) return shorten(policy, own);
  if (isRoot) return shorten(policy, own?.inherits ? ofType : undefined);
  if (own?.inherits) return;
  if (ofType?.maxAgeSeconds !== undefined) return shorten(policy, ofType);
  if (isComposite && !ofType?.inherits) shorten(policy, undefined);
}

function shorten(policy: Writable, hint: CacheHint | undefined): void {
  const { maxAgeSeconds = 0, staleWhileRevalidateSeconds = 0, staleIfErrorSeconds = 0 } = hint ?? {};
  policy.maxAgeSeconds = Math.min(policy.maxAgeSeconds, maxAgeSeconds);
  policy.staleWhileRevalidateSeconds = Math.min(policy.staleWhileRevalidateSeconds, staleWhileRevalidateSeconds);
  policy.staleIfErrorSeconds = Math.min(policy.staleIfErrorSeconds, staleIfErrorSeconds);
}

function possibleTypes(schema: GraphQLSchema, name: string): readonly string[] {
  const type = schema.getType(name);
  return type && isAbstractType(type) ? schema.getPossibleTypes(type).map((possible) => possible.name) : [];
}
