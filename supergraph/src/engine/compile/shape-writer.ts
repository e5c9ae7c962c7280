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
  type SelectionSetNode,
} from 'graphql';
import type { Aliases } from './aliases.ts';
import { type Collection, collectFields } from './collect-fields.ts';
import { collectParts } from './collect-parts.ts';
import { dependsOnType } from './depends-on-type.ts';
import { quoteText, textOf } from './json-text.ts';
import { jsonKey, quote, readProperty } from './source-text.ts';

type Sets = Parameters<typeof collectFields>[2];

/** Where a value comes from and goes to: names of variables in the generated code. */
interface Slot {
  readonly value: string;
  readonly target: string;
  /** An expression for the response name or the index. */
  readonly key: string;
  /** The same in the data that is shaped. */
  readonly input: string;
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
  /** True when places are noted where something is deferred. */
  readonly #defers: boolean;

  constructor(collection: Collection & { readonly defers: boolean }, aliases: Pick<Aliases, 'inputName'>) {
    this.#collection = collection;
    this.#defers = collection.defers;
    this.#aliases = aliases;
  }

  /** All that was written. */
  source(): string {
    return this.#functions.join('\n');
  }

  /** The name of the function that shapes an object of the type, whose selections are those of `nodes` if nothing else is said. */
  object(type: GraphQLNamedType, nodes: readonly FieldNode[], sets: Sets = setsOf(nodes), part = ''): string {
    return this.#once(this.#keyOf(`object ${part}`, type.name, nodes), () => {
      const at = this.#named.size - 1;
      const lines = [
        `const T = C.textsOf(v); if (T !== undefined && T[${at}] !== undefined) return T[${at}];`,
        `const F = C.faults; const from = F.length; let n = 0; ${this.#defers ? 'const D = C.places; const start = D.length; let m = 0;' : ''}`,
      ];
      const parts: string[] = [];
      for (const [name, found] of collectFields(this.#collection, type, sets)) {
        const target = `r${parts.length}`;
        lines.push(this.#field(type, name, { nodes: found, target }));
        parts.push(`${quote(`${parts.length === 0 ? '{' : ','}${jsonKey(name)}`)} + ${target}`);
      }
      if (this.#defers) lines.push(...this.#deferParts(type, sets));
      const text = parts.length === 0 ? '"{}"' : `${parts.join(' + ')} + "}"`;
      const isGood = this.#defers ? 'F.length === from && D.length === start' : 'F.length === from';
      return `${lines.join('\n')}\nconst text = ${text};\nif (T !== undefined && ${isGood}) T[${at}] = text;\nreturn text;`;
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
    const inputName = this.#inputName(nodes, name);
    const input = quote(inputName);
    const slot = { value, target, key: quote(name), input, field: `${type.name}.${fieldName}`, nodes };
    return `const ${value} = ${readProperty('v', inputName)};\n${this.#complete(field.type, slot)}`;
  }

  /** Notes the object for each part that is deferred of it, with what will shape it then: it may have told its type by then. */
  #deferParts(type: GraphQLNamedType, sets: Sets): readonly string[] {
    const parts = collectParts(this.#collection, type, sets);
    return [...parts].map(([label, byType]) => `C.defer(${quote(label)}, ${this.#part(type, label, byType)});`);
  }

  /** The name of the function that shapes a part; what it writes is undefined for an object that has no such part. */
  #part(type: GraphQLNamedType, label: string, byType: ReadonlyMap<GraphQLNamedType, SelectionSetNode>): string {
    const own = byType.get(type);
    if (!isAbstractType(type)) return own ? this.object(type, [], [own], label) : 'undefined';
    return this.#once(`part ${label} ${type.name}`, () => {
      const cases = [...byType].map(([one, set]) =>
        isAbstractType(one) ? '' : `case ${quote(one.name)}: return ${this.object(one, [], [set], label)}(v, C);`,
      );
      const possible = this.#collection.schema.getPossibleTypes(type);
      const isSame = own && byType.size > possible.length && !dependsOnType(this.#collection, type, possible, [own]);
      const untold = isSame
        ? `return ${this.object(type, [], [own], label)}(v, C);`
        : `return C.unknown(true, ${quote(type.name)});`;
      const known = possible.map(({ name }) => `case ${quote(name)}:`).join(' ');
      return `switch (v["__typename"]) { ${cases.join(' ')} } switch (v["__typename"]) { ${known} return undefined; default: ${untold} }`;
    });
  }

  #inputName([node]: readonly FieldNode[], name: string): string {
    return node ? this.#aliases.inputName(node) : name;
  }

  #complete(type: GraphQLOutputType, slot: Slot): string {
    const { value, target, key, input, field, nodes } = slot;
    const isRequired = isNonNullType(type);
    const inner = getNullableType(type);
    const isTypeless = isAbstractType(inner) && this.#collection.schema.getPossibleTypes(inner).length === 0;
    const nullable = isTypeless ? 'untyped' : 'nullable';
    const refused = `C.${isRequired ? 'required' : nullable}(${value}, ${key}, ${quote(field)})`;
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
    const [before, after] = this.#defers
      ? [
          'm = D.length; ',
          ` if (${target} === null) D.length = m; else if (D.length !== m) C.placesWithin(m, ${key}, ${input});`,
        ]
      : ['', ''];
    return `let ${target}; if (${test}) { n = F.length; ${before}${target} = ${shaper}(${value}, C); if (F.length !== n) C.within(n, ${key});${after} } else ${target} = ${refused};${rise}`;
  }

  #list(type: GraphQLOutputType, field: string, nodes: readonly FieldNode[]): string {
    return this.#once(this.#keyOf(`list ${field}`, String(type), nodes), () => {
      const element = this.#complete(type, { value: 'e', target: 't', key: 'x', input: 'x', field, nodes });
      return `const F = C.faults; let n = 0; ${this.#defers ? 'const D = C.places; let m = 0;' : ''} let r = "[";\nfor (let x = 0; x < v.length; x++) { const e = v[x]; ${element} r += x === 0 ? t : "," + t; }\nreturn r + "]";`;
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
      const unknown =
        possible.length === 0 || dependsOnType(this.#collection, untold, possible, setsOf(nodes))
          ? `return C.unknown(true, ${quote(type.name)});`
          : `return ${this.object(untold, nodes)}(v, C);`;
      return `switch (v["__typename"]) { ${cases.join(' ')} case undefined: ${others} ${unknown} default: return C.unknown(false, ${quote(type.name)}); }`;
    });
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
