/**
 * Pieces of the generated code. Names come from validated GraphQL documents, and are quoted all the same: nothing that a
 * client or a subgraph wrote becomes code.
 */

/** A literal string. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** Reads an own property. What every object inherits (`constructor`, `toString`) must not be taken for an answer. */
export function readProperty(object: string, key: string): string {
  return key in Object.prototype ? `own(${object}, ${quote(key)})` : `${object}[${quote(key)}]`;
}

/** A key of a JSON object, with its colon. */
export function jsonKey(name: string): string {
  return `${JSON.stringify(name)}:`;
}

/** Sets a property, own whatever its name. */
export function writeProperty(object: string, key: string, value: string): string {
  return key === '__proto__' ? `define(${object}, ${quote(key)}, ${value})` : `${object}[${quote(key)}] = ${value}`;
}

/** What generated code may call besides what it is given. */
const runtime = { own, define };

/**
 * Runs generated source, which ends in a `return` of the function it defines. `scope` names what else it may use.
 * @throws SyntaxError when the generator is wrong
 */
export function evaluate(source: string, scope: Readonly<Record<string, unknown>> = {}): unknown {
  const known: Readonly<Record<string, unknown>> = { ...runtime, ...scope };
  // Generated code keeps each property access on one shape; a closure that looks names up serves many.
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function(...Object.keys(known), `'use strict';\n${source}`) as (...values: unknown[]) => unknown;
  return make(...Object.values(known));
}

function own(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null && Object.hasOwn(object, key)
    ? (object as Record<string, unknown>)[key]
    : undefined;
}

function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
