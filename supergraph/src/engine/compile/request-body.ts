import type { FetchNode } from '@apollo/query-planner';
import { OperationTypeNode } from 'graphql';
import type { Run } from './run.ts';

/** Writes the body of a fetch; `representations` are JSON texts. */
export type WriteBody = (run: Run, representations?: readonly string[]) => string;

/** What of a fetch does not change: its query without the number that the planner gives each fetch of an operation. */
export interface FetchText {
  readonly query: string;
  readonly operationName: string | undefined;
}

/** Takes the planner's number out of a fetch's name, so that equal fetches have equal texts. */
export function readFetchText({ operation, operationName }: FetchNode): FetchText {
  const name = operationName?.replace(/__\d+$/, '');
  if (operationName === undefined || name === operationName) return { query: operation, operationName };
  const query = operation.replace(new RegExp(`^(\\w+ )${operationName}\\b`), (_, kind: string) => `${kind}${name}`);
  return { query, operationName: name };
}

/** Compiles the body: all that does not change is serialised here, once. */
export function compileBody(fetch: FetchNode, { query, operationName }: FetchText): WriteBody {
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
  const head = `{"query":${JSON.stringify(query)}${name},"variables":{`;
  const used = (fetch.variableUsages ?? []).map((variable) => ({ variable, key: `${JSON.stringify(variable)}:` }));
  const isEvent = fetch.operationKind === OperationTypeNode.SUBSCRIPTION;
  const constant = `${head}}}`;
  return (run, representations) => {
    if (used.length === 0 && !isEvent && !representations) return constant;
    const parts: string[] = [];
    for (const { variable, key } of used) {
      const value = Object.hasOwn(run.variables, variable) ? JSON.stringify(run.variables[variable]) : undefined;
      if (value !== undefined) parts.push(key + value);
    }
    if (representations) parts.push(`"representations":[${representations.join(',')}]`);
    const event = isEvent ? `,"extensions":${JSON.stringify({ event: run.context.event })}` : '';
    return `${head}${parts.join(',')}}${event}}`;
  };
}
