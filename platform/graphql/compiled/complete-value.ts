import {
  type FieldNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isListType,
  isNonNullType,
  locatedError,
  type ResponsePath,
  responsePathAsArray,
} from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import { compileRuntimeType } from './runtime-type.ts';
import { compileLeaf, nullError } from './complete-leaf.ts';
import { isPromise } from '../is-promise.ts';
import type { Complete, Compiling, FieldPlace, Run } from './run.ts';

/** Compiles what becomes of the resolved values of a field, or of the items of its list. Source: GraphQL October 2021, 6.4.3 */
export function compileCompletion(compiling: Compiling, place: FieldPlace, type: GraphQLOutputType): Complete {
  const completeLeaf = compileLeaf(place, type);
  if (completeLeaf) return (_run, _info, _path, result) => completeLeaf(result);
  if (isNonNullType(type)) {
    const complete = compileCompletion(compiling, place, type.ofType);
    return (run, info, path, result) => {
      const completed = complete(run, info, path, result);
      if (completed === null) throw nullError(place);
      return completed;
    };
  }
  const complete = compileComposite(compiling, place, type);
  return (run, info, path, result) => {
    if (result instanceof Error) throw result;
    return result === null || result === undefined ? null : complete(run, info, path, result);
  };
}

/** Where a field or an item failed. */
export interface Failed {
  readonly run: Run;
  readonly path: ResponsePath;
  readonly fieldNodes: readonly FieldNode[];
}

/** What the answer shows of what failed: null, and the error is told. @throws GraphQLError when its type does not allow null */
export function nullFor(type: GraphQLOutputType, { run, path, fieldNodes }: Failed, fault: unknown): null {
  const error = locatedError(fault, fieldNodes, responsePathAsArray(path));
  if (isNonNullType(type)) throw error;
  run.collected.add(error, path);
  return null;
}

function compileComposite(compiling: Compiling, place: FieldPlace, type: GraphQLOutputType): Complete {
  if (isListType(type)) return compileList(compiling, place, type.ofType);
  if (!isAbstractType(type)) return compileObject(compiling, place, type as GraphQLObjectType);
  return compileRuntimeType(compiling, place, {
    type,
    compile: (objectType) => compileObject(compiling, place, objectType),
  });
}

function compileList(compiling: Compiling, place: FieldPlace, itemType: GraphQLOutputType): Complete {
  const { definition, fieldNodes, type } = place;
  const complete = compileCompletion(compiling, place, itemType);
  return (run, info, prev, result) => {
    if (!isIterable(result)) {
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${type.name}.${definition.name}".`);
    }
    const pending: Promise<unknown>[] = [];
    const completeItem = (item: unknown, key: number) => {
      const path = { prev, key, typename: undefined };
      const fail = (fault: unknown) => nullFor(itemType, { run, path, fieldNodes }, fault);
      try {
        const shown = isPromise(item)
          ? item.then((resolved) => complete(run, info, path, resolved))
          : complete(run, info, path, item);
        if (!isPromise(shown)) return shown;
        const settled = shown.then(undefined, fail);
        pending.push(settled);
        return settled;
      } catch (fault) {
        return fail(fault);
      }
    };
    try {
      const items = Array.from(result, completeItem);
      return pending.length > 0 ? Promise.all(items) : items;
    } catch (fault) {
      // graphql-js forgets the items before; when one of them failed later, nobody would have listened.
      for (const item of pending) item.catch(() => undefined);
      throw fault;
    }
  };
}

function compileObject(compiling: Compiling, { fieldNodes }: FieldPlace, type: GraphQLObjectType): Complete {
  const selection = compiling.selectionOf(type, fieldNodes);
  if (!type.isTypeOf) return (run, _info, path, result) => selection.execute(run, result, path);
  return (run, info, path, result) => {
    const show = (isOfType: boolean | undefined) => {
      if (isOfType) return selection.execute(run, result, path);
      const message = `Expected value of type "${type.name}" but got: ${inspect(result)}.`;
      throw new GraphQLError(message, { nodes: fieldNodes });
    };
    const isOfType = type.isTypeOf?.(result, run.contextValue, info);
    return isPromise(isOfType) ? isOfType.then(show) : show(isOfType);
  };
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Symbol.iterator in value &&
    typeof value[Symbol.iterator] === 'function'
  );
}
