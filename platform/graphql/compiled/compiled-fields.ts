import type { FieldNode, GraphQLObjectType, ResponsePath } from 'graphql';
import { getFieldDef } from 'graphql/execution/execute.js';
import { CompiledField } from './compiled-field.ts';
import { isPromise } from '../is-promise.ts';
import type { Compiling, Run, Selection } from './run.ts';

/** The fields that are selected of objects of one type, one after the other. Source: GraphQL October 2021, 6.3 */
export class CompiledFields implements Selection {
  readonly #fields: readonly CompiledField[];

  constructor(compiling: Compiling, type: GraphQLObjectType, nodes: ReadonlyMap<string, readonly FieldNode[]>) {
    this.#fields = [...nodes].flatMap(([responseName, fieldNodes]) => {
      const definition = fieldNodes[0] && getFieldDef(compiling.schema, type, fieldNodes[0]);
      return definition ? [new CompiledField(compiling, { type, definition, responseName, fieldNodes })] : [];
    });
  }

  /** See Selection. */
  execute(run: Run, source: unknown, path: ResponsePath | undefined): unknown {
    const results: Record<string, unknown> = {};
    let isPending = false;
    try {
      for (const field of this.#fields) {
        const result = field.execute(run, source, path);
        results[field.responseName] = result;
        if (isPromise(result)) isPending = true;
      }
    } catch (error) {
      if (!isPending) throw error;
      // What the others promise may fail too, and somebody must have listened.
      return settle(results).finally(() => {
        throw error;
      });
    }
    return isPending ? settle(results) : results;
  }
}

async function settle(results: Record<string, unknown>): Promise<Record<string, unknown>> {
  const values = await Promise.all(Object.values(results));
  const settled: Record<string, unknown> = {};
  let at = 0;
  for (const name in results) settled[name] = values[at++];
  return settled;
}
