import type { FetchDataRewrite, QueryPlanFieldNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { type GraphQLSchema, isAbstractType, isInterfaceType } from 'graphql';
import { textOf } from './json-text.ts';
import { applyRewrites } from './rewrites.ts';
import { evaluate, quote, readProperty } from './source-text.ts';

/** Writes the representation of an object as JSON: equal texts are equal entities. Undefined when something it needs is missing. */
export type Represent = (object: Readonly<Record<string, unknown>>) => string | undefined;

/**
 * Compiles the `requires` of a fetch. The text is written directly, no object is made in between.
 * Source: specs.apollo.dev/federation: _Any, and the planner's FetchNode.requires
 */
export function compileRepresentation(schema: GraphQLSchema, requires: readonly QueryPlanSelectionNode[]): Represent {
  const functions: string[] = [];
  const name = writeSelections({ schema, functions, ofNone: 'undefined' }, requires);
  return evaluate(`${functions.join('\n')}\nreturn ${name};`, { textOf, each }) as Represent;
}

/** Applies the planner's rewrites to a representation. They are rare (interface objects), so that the text is read again. */
export function rewriteRepresentation(
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[],
  written: string,
): string {
  const representation: unknown = JSON.parse(written);
  applyRewrites(schema, rewrites, representation);
  return JSON.stringify(representation);
}

interface Writer {
  readonly schema: GraphQLSchema;
  readonly functions: string[];
  /** What is written for an object of none of the types: at the top no representation, else an empty object. */
  readonly ofNone: 'undefined' | '"{}"';
}

/** Writes the function for a set of selections and returns its name. Objects are told apart by `__typename` where that matters. */
function writeSelections(writer: Writer, selections: readonly QueryPlanSelectionNode[]): string {
  const types = new Set<string>();
  collectTypes(writer.schema, selections, types);
  const otherwise = writeFields(writer, fieldsOf(writer.schema, selections, undefined));
  if (types.size === 0) return otherwise;
  const byFields = new Map<string, string>();
  const cases = [...types].map((type) => {
    const fields = fieldsOf(writer.schema, selections, type);
    const key = JSON.stringify([...fields]);
    const name = byFields.get(key) ?? writeFields(writer, fields);
    byFields.set(key, name);
    return `case ${quote(type)}: return ${name}(o);`;
  });
  return define(writer, `switch (o["__typename"]) { ${cases.join(' ')} default: return ${otherwise}(o); }`);
}

/** The fields that objects of each type must have: a leaf is undefined, else its selections. Objects of no such type are left out. */
export function requiredFields(schema: GraphQLSchema, requires: readonly QueryPlanSelectionNode[]): readonly Fields[] {
  const types = new Set<string>();
  collectTypes(schema, requires, types);
  if (types.size === 0) return [fieldsOf(schema, requires, undefined)];
  return [...types].map((type) => fieldsOf(schema, requires, type));
}

/** Selections of one field by response name, those of several fragments put together. */
type Fields = ReadonlyMap<string, readonly QueryPlanSelectionNode[] | undefined>;

function fieldsOf(
  schema: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
  type: string | undefined,
  found = new Map<string, readonly QueryPlanSelectionNode[] | undefined>(),
): Fields {
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      const name = responseName(selection);
      const known = found.get(name) ?? [];
      found.set(name, selection.selections ? [...known, ...selection.selections] : undefined);
    } else if (selection.typeCondition === undefined || isOfType(schema, type, selection.typeCondition)) {
      fieldsOf(schema, selection.selections, type, found);
    }
  }
  return found;
}

function writeFields(writer: Writer, fields: Fields): string {
  const lines: string[] = [];
  const parts: string[] = [];
  for (const [name, selections] of fields) {
    const value = `v${lines.length}`;
    const read = readProperty('o', name);
    const inner = selections ? writeSelections({ ...writer, ofNone: '"{}"' }, selections) : undefined;
    const written = inner ? `each(${read}, ${inner})` : `textOf(${read})`;
    lines.push(`const ${value} = ${written}; if (${value} === undefined) return undefined;`);
    parts.push(`${quote(`${parts.length === 0 ? '{' : ','}${JSON.stringify(name)}:`)} + ${value}`);
  }
  return define(
    writer,
    `${lines.join('\n')}\nreturn ${parts.length === 0 ? writer.ofNone : `${parts.join(' + ')} + "}"`};`,
  );
}

function define({ functions }: Writer, body: string): string {
  const name = `f${functions.length}`;
  functions.push(`function ${name}(o) { ${body} }`);
  return name;
}

/** The types whose objects differ: those that a condition names, what they may be, and interfaces that stand for them. */
function collectTypes(schema: GraphQLSchema, selections: readonly QueryPlanSelectionNode[], found: Set<string>): void {
  for (const selection of selections) {
    if (selection.kind !== 'InlineFragment') continue;
    collectTypes(schema, selection.selections, found);
    if (selection.typeCondition === undefined) continue;
    found.add(selection.typeCondition);
    const type = schema.getType(selection.typeCondition);
    if (!type || !isAbstractType(type)) continue;
    for (const { name } of schema.getPossibleTypes(type)) found.add(name);
    if (!isInterfaceType(type)) continue;
    for (const { name } of schema.getImplementations(type).interfaces) found.add(name);
  }
}

function isOfType(schema: GraphQLSchema, type: string | undefined, condition: string): boolean {
  if (type === undefined || type === condition) return type === condition;
  const [own, wanted] = [schema.getType(type), schema.getType(condition)];
  if (!own || !wanted || !isAbstractType(wanted)) return false;
  return 'getInterfaces' in own && schema.isSubType(wanted, own);
}

function responseName({ alias, name }: QueryPlanFieldNode): string {
  return alias ?? name;
}

/** JSON of a nested object or of a list of them; undefined when one of them lacks something. */
function each(value: unknown, represent: Represent): string | undefined {
  if (value === null) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (!Array.isArray(value)) return represent(value as Readonly<Record<string, unknown>>);
  const parts = value.map((element: unknown) => each(element, represent));
  return parts.includes(undefined) ? undefined : `[${parts.join(',')}]`;
}
