import { describe, expect, it } from '@jest/globals';
import { parse, buildASTSchema, validate } from 'graphql';
import { composeSupergraph, subgraphNames } from './subgraphs/graph.ts';
import { workloads } from './workloads.ts';

interface Body {
  readonly query: string;
  readonly operationName: string;
}
const bodiesOf = (name: string) =>
  (workloads.find((workload) => workload.name === name)?.bodies ?? []).map((body) => JSON.parse(body) as Body);

describe('the workloads', () => {
  it('ask only for what the graph has', () => {
    const urls = Object.fromEntries(subgraphNames.map((name) => [name, 'http://localhost/']));
    const schema = buildASTSchema(parse(composeSupergraph(urls as never)));

    const faults = workloads
      .flatMap(({ name }) => bodiesOf(name))
      .flatMap(({ query }) => validate(schema, parse(query)).map(({ message }) => message));

    expect(faults).toEqual([]);
  });

  it('mix fifty operations with varied variables', () => {
    const mixed = bodiesOf('mixed');

    expect(new Set(mixed.map(({ operationName }) => operationName)).size).toBe(50);
    expect(new Set(mixed.map((body) => JSON.stringify(body))).size).toBeGreaterThan(150);
  });
});
