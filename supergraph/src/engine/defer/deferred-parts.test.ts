import { describe, expect, it } from '@jest/globals';
import type { DeferNode, FetchNode } from '@apollo/query-planner';
import { OperationTypeNode } from 'graphql';
import { compileDefer } from '../compile/deferring.ts';
import type { Run } from '../compile/run.ts';
import { createDeferredParts } from './deferred-parts.ts';

const fetch = (serviceName: string): FetchNode => ({
  kind: 'Fetch',
  serviceName,
  operation: '{ a }',
  operationName: undefined,
  operationKind: OperationTypeNode.QUERY,
});

/** Runs a Defer whose one part depends on a fetch of this id; tells the fetches in the order in which they run. */
function run({ id, signal = new AbortController().signal }: { id: string; signal?: AbortSignal }) {
  const node: DeferNode = {
    kind: 'Defer',
    primary: { node: fetch('primary') },
    deferred: [{ depends: [{ id }], label: 'part0', queryPath: [], node: fetch('deferred') }],
  };
  const order: string[] = [];
  const primary = Promise.withResolvers<void>();
  const step = compileDefer(node, new Set(['elsewhere']), (one) => async () => {
    const name = one.kind === 'Fetch' ? one.serviceName : '';
    if (name === 'primary') await primary.promise;
    order.push(name);
  });
  const parts = createDeferredParts(signal);
  const running = step({ parts, errors: [], outages: [] } as unknown as Run);
  return { order, primary, running, parts };
}

describe('a deferred part', () => {
  it('waits for the primary part when the plan has no fetch of the id that it depends on', async () => {
    const { order, primary, running, parts } = run({ id: 'nowhere' });

    primary.resolve();
    await running;
    await parts.ended();

    expect(order).toEqual(['primary', 'deferred']);
  });

  it('waits for nothing any more when the time is spent', async () => {
    const spent = new AbortController();
    const { order, parts } = run({ id: 'elsewhere', signal: spent.signal });

    spent.abort();
    await parts.ended();

    expect(order).toEqual(['deferred']);
  });
});
