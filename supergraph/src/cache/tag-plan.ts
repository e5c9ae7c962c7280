import {
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import type { CacheRules, TagRule } from '../composition/read-cache-rules.ts';
import { fillTag, readPath, skeletonOf, type TagFormat } from './tag-format.ts';

type Variables = Readonly<Record<string, unknown>>;

/** A tag whose value is an argument. */
export interface ArgumentTag {
  readonly format: TagFormat;
  readonly read: (variables: Variables) => unknown;
  /** False when the tag does not count for these variables. */
  readonly counts: (variables: Variables) => boolean;
}

/** The tags of what a fetch gives, as far as they are known before it is made. */
export interface TagPlan {
  readonly constant: readonly string[];
  readonly ofArguments: readonly ArgumentTag[];
  /** Filled from the representation of an entity, by its type. */
  readonly ofKeys: ReadonlyMap<string, readonly TagFormat[]>;
}

/** What a plan of tags is read from. */
export interface TagReading {
  readonly schema: GraphQLSchema;
  readonly rules: CacheRules;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** The object that a place of the answer belongs to, where it is known. */
type Anchor =
  | { readonly kind: 'key'; readonly type: string }
  | { readonly kind: 'arguments'; readonly tags: ReadonlyMap<string, ArgumentTag> };

/**
 * Reads the tags of a fetch. An entity that is asked for by its key, and what a root field gives whose own tag has the same format, have
 * the tag of their value; whatever else stands in the answer, lists above all, may be any of its kind and gets the tag of all of them.
 * So nothing that has changed is ever left, though more may go than had to.
 */
export function readTagPlan(reading: TagReading): TagPlan {
  return new TagReader(reading).read();
}

class TagReader {
  readonly #reading: TagReading;
  readonly #constant = new Set<string>();
  readonly #ofArguments: ArgumentTag[] = [];
  readonly #ofKeys = new Map<string, Set<TagFormat>>();
  /** The formats that types and fields below the root have. */
  readonly #known: ReadonlySet<string>;
  readonly #root: string;

  constructor(reading: TagReading) {
    this.#reading = reading;
    const { schema, rules, operation } = reading;
    this.#root = schema.getRootType(operation.operation)?.name ?? '';
    const below = [...rules.tags].filter(([coordinate]) => !coordinate.startsWith(`${this.#root}.`));
    this.#known = new Set(below.flatMap(([, found]) => found.map(({ format }) => skeletonOf(format))));
  }

  read(): TagPlan {
    this.#visit(this.#reading.operation.selectionSet, this.#root, null);
    const ofKeys = new Map([...this.#ofKeys].map(([type, formats]) => [type, [...formats]]));
    return { constant: [...this.#constant], ofArguments: this.#ofArguments, ofKeys };
  }

  #visit({ selections }: SelectionSetNode, parent: string, anchor: Anchor | null): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) this.#visitField(selection, parent, anchor);
      else {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#reading.fragments.get(selection.name.value);
        const type = fragment?.typeCondition?.name.value ?? parent;
        if (fragment) this.#visit(fragment.selectionSet, type, anchor);
      }
    }
  }

  #visitField(field: FieldNode, parent: string, anchor: Anchor | null): void {
    const name = field.name.value;
    if (!field.selectionSet && name === '__typename') return;
    if (parent === this.#root && name === '_entities') return this.#visitEntities(field);
    const own = this.#rulesOf(parent, name);
    const inner = parent === this.#root ? this.#readArguments(field, own) : anchor;
    if (parent !== this.#root) for (const { format } of own) this.#add(format, anchor);
    const type = this.#typeOf(parent, name);
    if (!type || !field.selectionSet) return;
    const rules = this.#kindsOf(type).flatMap((kind) => this.#reading.rules.tags.get(kind) ?? []);
    const isOwn = parent === this.#root;
    for (const { format } of rules) this.#add(format, isOwn ? inner : null);
    this.#visit(field.selectionSet, type, rules.length > 0 && !isOwn ? null : inner);
  }

  #visitEntities({ selectionSet }: FieldNode): void {
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FIELD) continue;
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#reading.fragments.get(selection.name.value);
      const type = fragment?.typeCondition?.name.value;
      if (!fragment || type === undefined) continue;
      for (const kind of this.#kindsOf(type)) {
        const anchor: Anchor = { kind: 'key', type: kind };
        for (const { format } of this.#reading.rules.tags.get(kind) ?? []) this.#add(format, anchor);
        this.#visit(fragment.selectionSet, type, anchor);
      }
    }
  }

  #add(format: TagFormat, anchor: Anchor | null): void {
    const ofArgument = anchor?.kind === 'arguments' ? anchor.tags.get(skeletonOf(format)) : undefined;
    if (ofArgument) {
      if (!this.#ofArguments.includes(ofArgument)) this.#ofArguments.push(ofArgument);
    } else if (anchor?.kind === 'key' && format.source?.from === 'key') {
      const formats = this.#ofKeys.get(anchor.type) ?? new Set();
      this.#ofKeys.set(anchor.type, formats.add(format));
    } else this.#constant.add(fillTag(format, undefined));
  }

  /** A root field's tags: those that also types and fields have count where one of these is asked for. */
  #readArguments(field: FieldNode, rules: readonly TagRule[]): Anchor {
    const tags = rules.map((rule) => readArgumentTag(this.#reading.operation, field, rule));
    for (const tag of tags) {
      const isUsedBelow = tag.format.source !== null && this.#known.has(skeletonOf(tag.format));
      if (!isUsedBelow) this.#ofArguments.push(tag);
    }
    return { kind: 'arguments', tags: new Map(tags.map((tag) => [skeletonOf(tag.format), tag])) };
  }

  /** Of an interface's field those of every implementation too. */
  #rulesOf(parent: string, field: string): readonly TagRule[] {
    return this.#kindsOf(parent).flatMap((kind) => this.#reading.rules.tags.get(`${kind}.${field}`) ?? []);
  }

  #kindsOf(name: string): readonly string[] {
    const { schema } = this.#reading;
    const type = schema.getType(name);
    return type && isAbstractType(type) ? [name, ...schema.getPossibleTypes(type).map((kind) => kind.name)] : [name];
  }

  #typeOf(parent: string, field: string): string | undefined {
    const holder = this.#reading.schema.getType(parent);
    const found = isObjectType(holder) || isInterfaceType(holder) ? holder.getFields()[field] : undefined;
    return found && getNamedType(found.type).name;
  }
}

/** The tags that a mutation's fields throw away when they are answered. */
export function readMutationTags({ schema, rules, operation }: TagReading): readonly ArgumentTag[] {
  const root = schema.getRootType(operation.operation)?.name ?? '';
  return operation.selectionSet.selections.flatMap((selection) => {
    if (selection.kind !== Kind.FIELD) return [];
    const own = rules.tags.get(`${root}.${selection.name.value}`) ?? [];
    return own.map((rule) => readArgumentTag(operation, selection, rule));
  });
}

function readArgumentTag(operation: OperationDefinitionNode, field: FieldNode, rule: TagRule): ArgumentTag {
  const { format, whenArgument } = rule;
  const read = readArgument(operation, field, format.source?.from === 'args' ? format.source.path : []);
  if (!whenArgument) return { format, read, counts: () => true };
  const readCondition = readArgument(operation, field, whenArgument);
  return { format, read, counts: (variables) => (readCondition(variables) ?? null) !== null };
}

/** What is given for an argument, or for something in it; of a variable that is left out its default. */
function readArgument(
  { variableDefinitions = [] }: OperationDefinitionNode,
  field: FieldNode,
  [name, ...path]: readonly string[],
): (variables: Variables) => unknown {
  const given = field.arguments?.find((argument) => argument.name.value === name)?.value;
  if (!given) return () => undefined;
  const defaults = new Map(
    variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue] as const),
  );
  const valueOf = (node: ValueNode, variables: Variables, rest: readonly string[]): unknown => {
    if (node.kind === Kind.VARIABLE) {
      const { value } = node.name;
      if (Object.hasOwn(variables, value)) return readPath(variables[value], rest);
      const fallback = defaults.get(value);
      return fallback && readPath(valueFromASTUntyped(fallback), rest);
    }
    const [next, ...further] = rest;
    if (next === undefined) return valueFromASTUntyped(node, variables);
    const inner = node.kind === Kind.OBJECT ? node.fields.find((one) => one.name.value === next) : undefined;
    return inner && valueOf(inner.value, variables, further);
  };
  return (variables) => valueOf(given, variables, path);
}
