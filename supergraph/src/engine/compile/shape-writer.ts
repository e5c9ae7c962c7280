import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';
import { type Collection, collectFields } from './collect-fields.ts';
import { literalEntry, quote, readProperty } from './source-text.ts';

/** Writes the functions of one shaper. Equal selections on one type are written once. */
export interface ShapeWriter {
  /** The name of the function that shapes an object of the type. */
  object(type: GraphQLNamedType, nodes: readonly FieldNode[], sets: Sets): string;
  /** All that was written. */
  source(): string;
  /** What the functions use besides each other. */
  readonly scope: Readonly<Record<string, unknown>>;
}

type Sets = Parameters<typeof collectFields>[2];

/** Where a value comes from and goes to: names of variables in the generated code. */
interface Slot {
  readonly value: string;
  readonly target: string;
  /** An expression for the response name or the index. */
  readonly key: string;
  /** `Type.field`. */
  readonly field: string;
  readonly nodes: readonly FieldNode[];
}

/** Creates a writer. A written function takes the value and the `Completion`, and returns null when a null rises through it. */
export function createShapeWriter(collection: Collection): ShapeWriter {
  const functions: string[] = [];
  const named = new Map<string, string>();
  const scope: Record<string, unknown> = {};
  const numbers = new Map<FieldNode, number>();

  const keyOf = (kind: string, type: string, nodes: readonly FieldNode[]) => {
    const ids = nodes.map((node) => {
      const id = numbers.get(node) ?? numbers.size;
      numbers.set(node, id);
      return id;
    });
    return `${kind} ${type} ${ids.join(',')}`;
  };
  const once = (key: string, write: () => string): string => {
    const known = named.get(key);
    if (known) return known;
    const name = `f${named.size}`;
    named.set(key, name);
    functions.push(`function ${name}(v, C) { ${write()} }`);
    return name;
  };
  const setsOf = (nodes: readonly FieldNode[]) => nodes.flatMap(({ selectionSet }) => selectionSet ?? []);

  const writeObject = (type: GraphQLNamedType, sets: Sets): string => {
    const lines = ['const F = C.faults; let n = 0;'];
    const entries: string[] = [];
    for (const [name, nodes] of collectFields(collection, type, sets)) {
      const target = `r${entries.length}`;
      lines.push(writeField(type, { name, nodes, target }));
      entries.push(literalEntry(name, target));
    }
    return `${lines.join('\n')}\nreturn { ${entries.join(', ')} };`;
  };

  const writeField = (
    type: GraphQLNamedType,
    { name, nodes, target }: { readonly name: string; readonly nodes: readonly FieldNode[]; readonly target: string },
  ): string => {
    const fieldName = nodes[0]?.name.value ?? '';
    if (fieldName === '__typename') return writeTypename(type, target);
    if (fieldName === '__schema' || fieldName === '__type') {
      return `const ${target} = own(C.introspected, ${quote(name)}) ?? null;`;
    }
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName] : undefined;
    if (!field) return `const ${target} = null;`;
    const value = `v${target}`;
    const slot = { value, target, key: quote(name), field: `${type.name}.${fieldName}`, nodes };
    return `const ${value} = ${readProperty('v', name)};\n${complete(field.type, slot)}`;
  };

  const complete = (type: GraphQLOutputType, slot: Slot): string => {
    const { value, target, key, field, nodes } = slot;
    const isRequired = isNonNullType(type);
    const inner = getNullableType(type);
    const refused = `C.${isRequired ? 'required' : 'nullable'}(${value}, ${key}, ${quote(field)})`;
    const rise = isRequired ? ` if (${target} === null) return null;` : '';
    if (!isListType(inner) && !isObjectType(inner) && !isAbstractType(inner)) {
      return `const ${target} = ${leafTest(inner, value)} ? ${value} : ${refused};${rise}`;
    }
    const test = isListType(inner)
      ? `Array.isArray(${value})`
      : `typeof ${value} === 'object' && ${value} !== null && !Array.isArray(${value})`;
    const shaper = isListType(inner) ? list(inner.ofType, field, nodes) : composite(inner, nodes);
    return `let ${target}; if (${test}) { n = F.length; ${target} = ${shaper}(${value}, C); if (F.length !== n) C.within(n, ${key}); } else ${target} = ${refused};${rise}`;
  };

  const list = (type: GraphQLOutputType, field: string, nodes: readonly FieldNode[]): string =>
    once(keyOf(`list ${field}`, String(type), nodes), () => {
      const element = complete(type, { value: 'e', target: 't', key: 'x', field, nodes });
      return `const F = C.faults; let n = 0; const r = [];\nfor (let x = 0; x < v.length; x++) { const e = v[x]; ${element} r.push(t); }\nreturn r;`;
    });

  const composite = (type: GraphQLNamedType, nodes: readonly FieldNode[]): string =>
    isAbstractType(type) ? abstract(type, nodes) : object(type, nodes, setsOf(nodes));

  const abstract = (type: GraphQLAbstractType, nodes: readonly FieldNode[]): string =>
    once(keyOf('abstract', type.name, nodes), () => {
      const possible = collection.schema.getPossibleTypes(type);
      const cases = possible.map(
        (one) => `case ${quote(one.name)}: return ${object(one, nodes, setsOf(nodes))}(v, C);`,
      );
      const interfaces = isInterfaceType(type) ? [type, ...collection.schema.getImplementations(type).interfaces] : [];
      const others = interfaces.map(({ name }) => `case ${quote(name)}:`).join(' ');
      const untold = possible.length === 1 && possible[0] ? possible[0] : type;
      const unknown = dependsOnType(untold, possible, nodes)
        ? `return C.unknown(v, ${quote(type.name)});`
        : `return ${object(untold, nodes, setsOf(nodes))}(v, C);`;
      return `switch (v["__typename"]) { ${cases.join(' ')} case undefined: ${others} ${unknown} default: return C.unknown(v, ${quote(type.name)}); }`;
    });

  /** True when the fields of the answer cannot be told from the abstract type alone. */
  const dependsOnType = (
    untold: GraphQLNamedType,
    possible: readonly GraphQLNamedType[],
    nodes: readonly FieldNode[],
  ): boolean => {
    if (isObjectType(untold)) return false;
    const namesOf = (type: GraphQLNamedType) => [...collectFields(collection, type, setsOf(nodes)).keys()].join(' ');
    const names = namesOf(untold);
    return isUnionType(untold) || possible.some((type) => namesOf(type) !== names);
  };

  const object = (type: GraphQLNamedType, nodes: readonly FieldNode[], sets: Sets): string =>
    once(keyOf('object', type.name, nodes), () => writeObject(type, sets));

  const leafTest = (type: GraphQLLeafType, value: string): string => {
    if (isEnumType(type)) {
      scope[`enum${type.name}`] = new Set(type.getValues().map(({ name }) => name));
      return `enum${type.name}.has(${value})`;
    }
    if (!isScalarType(type) || !isSpecifiedScalarType(type)) return `${value} !== undefined && ${value} !== null`;
    return scalarTests[type.name]?.(value) ?? 'false';
  };

  return { object, source: () => functions.join('\n'), scope };
}

function writeTypename(type: GraphQLNamedType, target: string): string {
  return isObjectType(type)
    ? `const ${target} = ${quote(type.name)};`
    : `const ${target} = C.unknown(v, "__typename"); return null;`;
}

/** Source: GraphQL October 2021, 3.5 Scalars, result coercion; numbers are let through as an ID, as subgraphs may send them. */
const scalarTests: Readonly<Record<string, (value: string) => string>> = {
  String: (value) => `typeof ${value} === 'string'`,
  ID: (value) => `(typeof ${value} === 'string' || Number.isInteger(${value}))`,
  Int: (value) => `(typeof ${value} === 'number' && (${value} | 0) === ${value})`,
  Float: (value) => `(typeof ${value} === 'number' && Number.isFinite(${value}))`,
  Boolean: (value) => `typeof ${value} === 'boolean'`,
};
