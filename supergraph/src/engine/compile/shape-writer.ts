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
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';
import type { Aliases } from './aliases.ts';
import { type Collection, collectFields } from './collect-fields.ts';
import { quoteText, textOf } from './json-text.ts';
import { jsonKey, quote, readProperty } from './source-text.ts';

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

/**
 * Writes the functions of one shaper. A written function takes the value and the `Completion`, and returns JSON text, or null when
 * a null rises through it. Equal selections on one type are written once. An object that stands in several places of the answer is
 * written once too, unless there is something wrong with it.
 */
export class ShapeWriter {
  /** What the functions use besides each other. */
  readonly scope: Record<string, unknown> = { quoteText, textOf };
  readonly #collection: Collection;
  readonly #aliases: Pick<Aliases, 'inputName'>;
  readonly #functions: string[] = [];
  readonly #named = new Map<string, string>();
  readonly #numbers = new Map<FieldNode, number>();

  constructor(collection: Collection, aliases: Pick<Aliases, 'inputName'>) {
    this.#collection = collection;
    this.#aliases = aliases;
  }

  /** All that was written. */
  source(): string {
    return this.#functions.join('\n');
  }

  /** The name of the function that shapes an object of the type, whose selections are those of `nodes` if nothing else is said. */
  object(type: GraphQLNamedType, nodes: readonly FieldNode[], sets: Sets = setsOf(nodes)): string {
    return this.#once(this.#keyOf('object', type.name, nodes), () => {
      const at = this.#named.size - 1;
      const lines = [
        `const T = C.textsOf(v); if (T !== undefined && T[${at}] !== undefined) return T[${at}];`,
        'const F = C.faults; const from = F.length; let n = 0;',
      ];
      const parts: string[] = [];
      for (const [name, found] of collectFields(this.#collection, type, sets)) {
        const target = `r${parts.length}`;
        lines.push(this.#field(type, name, { nodes: found, target }));
        parts.push(`${quote(`${parts.length === 0 ? '{' : ','}${jsonKey(name)}`)} + ${target}`);
      }
      const text = parts.length === 0 ? '"{}"' : `${parts.join(' + ')} + "}"`;
      return `${lines.join('\n')}\nconst text = ${text};\nif (T !== undefined && F.length === from) T[${at}] = text;\nreturn text;`;
    });
  }

  #field(type: GraphQLNamedType, name: string, { nodes, target }: Pick<Slot, 'nodes' | 'target'>): string {
    const fieldName = nodes[0]?.name.value ?? '';
    if (fieldName === '__typename') return writeTypename(type, target);
    if (fieldName === '__schema' || fieldName === '__type') {
      return `const ${target} = textOf(own(C.introspected, ${quote(name)}) ?? null);`;
    }
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName] : undefined;
    if (!field) return `const ${target} = null;`;
    const value = `v${target}`;
    const slot = { value, target, key: quote(name), field: `${type.name}.${fieldName}`, nodes };
    return `const ${value} = ${readProperty('v', this.#inputName(nodes, name))};\n${this.#complete(field.type, slot)}`;
  }

  #inputName([node]: readonly FieldNode[], name: string): string {
    return node ? this.#aliases.inputName(node) : name;
  }

  #complete(type: GraphQLOutputType, slot: Slot): string {
    const { value, target, key, field, nodes } = slot;
    const isRequired = isNonNullType(type);
    const inner = getNullableType(type);
    const refused = `C.${isRequired ? 'required' : 'nullable'}(${value}, ${key}, ${quote(field)})`;
    const rise = isRequired ? ` if (${target} === null) return null;` : '';
    if (!isListType(inner) && !isObjectType(inner) && !isAbstractType(inner)) {
      return `const ${target} = ${this.#leafTest(inner, value)} ? ${leafText(inner, value)} : ${refused};${rise}`;
    }
    const test = isListType(inner)
      ? `Array.isArray(${value})`
      : `typeof ${value} === 'object' && ${value} !== null && !Array.isArray(${value})`;
    const shaper = isListType(inner)
      ? this.#list(inner.ofType, field, nodes)
      : isAbstractType(inner)
        ? this.#abstract(inner, nodes)
        : this.object(inner, nodes);
    return `let ${target}; if (${test}) { n = F.length; ${target} = ${shaper}(${value}, C); if (F.length !== n) C.within(n, ${key}); } else ${target} = ${refused};${rise}`;
  }

  #list(type: GraphQLOutputType, field: string, nodes: readonly FieldNode[]): string {
    return this.#once(this.#keyOf(`list ${field}`, String(type), nodes), () => {
      const element = this.#complete(type, { value: 'e', target: 't', key: 'x', field, nodes });
      return `const F = C.faults; let n = 0; let r = "[";\nfor (let x = 0; x < v.length; x++) { const e = v[x]; ${element} r += x === 0 ? t : "," + t; }\nreturn r + "]";`;
    });
  }

  #abstract(type: GraphQLAbstractType, nodes: readonly FieldNode[]): string {
    return this.#once(this.#keyOf('abstract', type.name, nodes), () => {
      const { schema } = this.#collection;
      const possible = schema.getPossibleTypes(type);
      const cases = possible.map((one) => `case ${quote(one.name)}: return ${this.object(one, nodes)}(v, C);`);
      const interfaces = isInterfaceType(type) ? [type, ...schema.getImplementations(type).interfaces] : [];
      const others = interfaces.map(({ name }) => `case ${quote(name)}:`).join(' ');
      const untold = possible.length === 1 && possible[0] ? possible[0] : type;
      const unknown = this.#dependsOnType(untold, possible, nodes)
        ? `return C.unknown(true, ${quote(type.name)});`
        : `return ${this.object(untold, nodes)}(v, C);`;
      return `switch (v["__typename"]) { ${cases.join(' ')} case undefined: ${others} ${unknown} default: return C.unknown(false, ${quote(type.name)}); }`;
    });
  }

  /** True when the fields of the answer, or which of them may be null, cannot be told from the abstract type alone. */
  #dependsOnType(type: GraphQLNamedType, possible: readonly GraphQLNamedType[], nodes: readonly FieldNode[]): boolean {
    if (isObjectType(type)) return false;
    const describe = (one: GraphQLNamedType) =>
      [...collectFields(this.#collection, one, setsOf(nodes))]
        .map(([name, [node]]) => `${name}: ${String(fieldType(one, node))}`)
        .join(' ');
    const described = describe(type);
    return isUnionType(type) || possible.some((one) => describe(one) !== described);
  }

  #leafTest(type: GraphQLLeafType, value: string): string {
    if (isEnumType(type)) {
      this.scope[`enum${type.name}`] = new Set(type.getValues().map(({ name }) => name));
      return `enum${type.name}.has(${value})`;
    }
    if (!isSpecifiedScalarType(type)) return `${value} !== undefined && ${value} !== null`;
    return scalarTests[type.name]?.(value) ?? 'false';
  }

  /** Writes a function unless there is one for the key. */
  #once(key: string, write: () => string): string {
    const known = this.#named.get(key);
    if (known) return known;
    const name = `f${this.#named.size}`;
    this.#named.set(key, name);
    this.#functions.push(`function ${name}(v, C) { ${write()} }`);
    return name;
  }

  #keyOf(kind: string, type: string, nodes: readonly FieldNode[]): string {
    const numbers = nodes.map((node) => {
      const number = this.#numbers.get(node) ?? this.#numbers.size;
      this.#numbers.set(node, number);
      return number;
    });
    return `${kind} ${type} ${numbers.join(',')}`;
  }
}

function fieldType(type: GraphQLNamedType, node: FieldNode | undefined): GraphQLOutputType | undefined {
  const hasFields = isObjectType(type) || isInterfaceType(type);
  return hasFields && node ? type.getFields()[node.name.value]?.type : undefined;
}

function setsOf(nodes: readonly FieldNode[]): Sets {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
}

function writeTypename(type: GraphQLNamedType, target: string): string {
  return isObjectType(type)
    ? `const ${target} = ${quote(JSON.stringify(type.name))};`
    : `const ${target} = C.unknown(true, "__typename"); return null;`;
}

/** The text of a leaf that has passed its test: JavaScript writes a number and a boolean as JSON does. */
function leafText(type: GraphQLLeafType, value: string): string {
  if (isEnumType(type)) return `'"' + ${value} + '"'`;
  if (type.name === 'Int' || type.name === 'Float' || type.name === 'Boolean') return `"" + ${value}`;
  return type.name === 'String' ? `quoteText(${value})` : `textOf(${value})`;
}

/** Source: GraphQL October 2021, 3.5 Scalars, result coercion; numbers are let through as an ID, as subgraphs may send them. */
const scalarTests: Readonly<Record<string, (value: string) => string>> = {
  String: (value) => `typeof ${value} === 'string'`,
  ID: (value) => `(typeof ${value} === 'string' || Number.isInteger(${value}))`,
  Int: (value) => `(typeof ${value} === 'number' && (${value} | 0) === ${value})`,
  Float: (value) => `(typeof ${value} === 'number' && Number.isFinite(${value}))`,
  Boolean: (value) => `typeof ${value} === 'boolean'`,
};
