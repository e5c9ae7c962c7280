import {
  defaultFieldResolver,
  getArgumentValues,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type ResponsePath,
} from 'graphql';
import { type CompleteLeaf, compileLeaf } from './complete-leaf.ts';
import { compileCompletion, nullFor } from './complete-value.ts';
import { isPromise } from '../is-promise.ts';
import type { Complete, Compiling, FieldPlace, Run } from './run.ts';

type Resolve = GraphQLFieldResolver<unknown, unknown>;

/** One field of objects of one type: resolved, completed, its faults told at their path. Source: GraphQL October 2021, 6.4 */
export class CompiledField {
  readonly responseName: string;
  readonly #compiling: Compiling;
  readonly #place: FieldPlace;
  readonly #resolve: Resolve;
  readonly #complete: Complete;
  /** For what is a leaf and a property of its object; null when there is more to do. */
  readonly #completeProperty: CompleteLeaf | null;

  constructor(compiling: Compiling, place: FieldPlace) {
    const { args, resolve, type } = place.definition;
    this.responseName = place.responseName;
    this.#compiling = compiling;
    this.#place = place;
    this.#resolve = resolve ?? defaultFieldResolver;
    this.#complete = compileCompletion(compiling, place, type);
    const isProperty = this.#resolve === defaultFieldResolver && args.length === 0;
    this.#completeProperty = isProperty ? compileLeaf(place, type) : null;
  }

  /** What the answer shows of it, or the promise of that. Throws, or rejects, when it is null and must not be. */
  execute(run: Run, source: unknown, parentPath: ResponsePath | undefined): unknown {
    if (this.#completeProperty === null || typeof source !== 'object' || source === null) {
      return this.#call(run, source, parentPath);
    }
    // Most fields are properties: they need no arguments, no `info`, and a path only when they fail.
    try {
      const value = (source as Record<string, unknown>)[this.#place.definition.name];
      if (typeof value === 'function') return this.#call(run, source, parentPath);
      if (isPromise(value)) return this.#wait(run, this.#infoOf(run, this.#pathUnder(parentPath)), value);
      return this.#completeProperty(value);
    } catch (fault) {
      return this.#fail(run, this.#pathUnder(parentPath), fault);
    }
  }

  #call(run: Run, source: unknown, parentPath: ResponsePath | undefined): unknown {
    const path = this.#pathUnder(parentPath);
    const info = this.#infoOf(run, path);
    try {
      const resolve = this.#resolve;
      const result: unknown = resolve(source, this.#argumentsOf(run), run.contextValue, info);
      if (isPromise(result)) return this.#wait(run, info, result);
      const completed = this.#complete(run, info, path, result);
      return isPromise(completed) ? completed.then(undefined, (fault) => this.#fail(run, path, fault)) : completed;
    } catch (fault) {
      return this.#fail(run, path, fault);
    }
  }

  #wait(run: Run, info: GraphQLResolveInfo, result: Promise<unknown>): Promise<unknown> {
    return result
      .then((resolved) => this.#complete(run, info, info.path, resolved))
      .then(undefined, (fault) => this.#fail(run, info.path, fault));
  }

  #fail(run: Run, path: ResponsePath, fault: unknown): null {
    return nullFor(this.#place.definition.type, { run, path, fieldNodes: this.#place.fieldNodes }, fault);
  }

  #argumentsOf({ variableValues }: Run): Record<string, unknown> {
    const { definition, fieldNodes } = this.#place;
    const [node] = fieldNodes;
    return definition.args.length === 0 || !node ? {} : getArgumentValues(definition, node, variableValues);
  }

  #pathUnder(prev: ResponsePath | undefined): ResponsePath {
    return { prev, key: this.responseName, typename: this.#place.type.name };
  }

  #infoOf({ rootValue, variableValues }: Run, path: ResponsePath): GraphQLResolveInfo {
    const { definition, fieldNodes, type: parentType } = this.#place;
    const { schema, fragments, operation } = this.#compiling;
    return {
      fieldName: definition.name,
      fieldNodes,
      returnType: definition.type,
      parentType,
      path,
      schema,
      fragments,
      rootValue,
      operation,
      variableValues,
    };
  }
}
