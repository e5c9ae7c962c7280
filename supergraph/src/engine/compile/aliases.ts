import { type DocumentNode, type FieldNode, Kind, parse, print, visit } from 'graphql';

/**
 * The names that an operation's fields have while it is planned and run. The planner adds fields of its own (keys, what
 * `@requires` names) under their plain names, and is wrong when the client uses such a name for something else:
 * `id: name`, or `comments(limit: 1)` beside `@requires(fields: "comments(limit: 3)")`. Those fields get another name, and the
 * answer is shaped back. Equal fields get equal names, so that they still merge. It also asks all types behind an interface object for the
 * fields of that (`shared`) that one of them is asked for: these get a name of their own whenever the client gives them one.
 */
export interface Aliases {
  /** The operation under its names for planning. */
  rename(document: DocumentNode): DocumentNode;
  /** The name that a field of the client's operation has in the data. */
  inputName(node: FieldNode): string;
  /** The name that the client knows a part of a path by. */
  responseName(part: string): string;
}

/** The names that need care in a graph. */
export interface Names {
  /** The names that the planner may add, once more with `(` behind those that it gives arguments. */
  readonly reserved: ReadonlySet<string>;
  /** The names of the fields of interface objects; they are reserved too. */
  readonly shared: ReadonlySet<string>;
}

/** Starts without any. */
export function createAliases({ reserved, shared }: Names): Aliases {
  const aliases = new Map<string, string>();
  const names = new Map<string, string>();
  const inputName = (node: FieldNode): string => {
    const name = node.alias?.value ?? node.name.value;
    const hasArguments = (node.arguments ?? []).length > 0 || reserved.has(`${name}(`);
    const isPlain = name === node.name.value && !hasArguments;
    const isNamed = reserved.has(name) || shared.has(node.name.value);
    if (isPlain || !isNamed || isIntrospection(node)) return name;
    const key = `${name}: ${node.name.value} ${(node.arguments ?? []).map(print).sort().join()}`;
    const alias = aliases.get(key) ?? `_${aliases.size}_${name}`;
    aliases.set(key, alias);
    names.set(alias, name);
    return alias;
  };
  return {
    rename: (document) =>
      visit(document, {
        Field(node): FieldNode | undefined {
          const name = inputName(node);
          if (name === (node.alias?.value ?? node.name.value)) return undefined;
          return { ...node, alias: { kind: Kind.NAME, value: name } };
        },
      }),
    inputName,
    responseName: (part) => names.get(part) ?? part,
  };
}

/** Every name in the keys and requirements of a supergraph, once more with `(` when it has arguments. Source: specs.apollo.dev/join/v0.5 */
export function readReservedNames(supergraphSdl: string): ReadonlySet<string> {
  const names = new Set<string>();
  visit(parse(supergraphSdl, { noLocation: true }), {
    Directive({ name, arguments: given = [] }) {
      if (!name.value.startsWith('join__')) return;
      for (const argument of given) {
        const isSelection = ['key', 'requires', 'provides'].includes(argument.name.value);
        if (!isSelection || argument.value.kind !== Kind.STRING) continue;
        for (const found of argument.value.value.match(/\w+\(?/g) ?? []) {
          names.add(found).add(found.replace('(', ''));
        }
      }
    },
  });
  return names;
}

function isIntrospection({ name }: FieldNode): boolean {
  return name.value === '__schema' || name.value === '__type';
}
