import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { printSchema } from 'graphql';
import type { Graph } from './engine.ts';
import { aRequest, startTestGraph, type TestGraph } from './testing/test-graph.ts';
import type { TestInstance } from './testing/test-subgraph.ts';

/** A client of one kind that asks all the time. */
interface Client {
  readonly faults: string[];
  /** Resolves when it has asked so often. */
  asked(times: number): Promise<unknown>;
  stop(): Promise<void>;
}

let graph: TestGraph;
const clients: Client[] = [];

const head = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")';
const serve = (fields: string) =>
  graph.serve({
    name: 'notes',
    sdl: `${head} type Query { note: Note } type Note { ${fields} }`,
    resolvers: { Query: { note: () => ({ text: 'buy milk', title: 'today' }) } },
  });

beforeEach(async () => {
  graph = await startTestGraph([]);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
  await graph.close();
});

/** A rolling restart: each instance is replaced by one that has these fields. */
async function roll(old: readonly TestInstance[], fields: string, between = async (): Promise<unknown> => undefined) {
  const fresh: TestInstance[] = [];
  for (const instance of old) {
    fresh.push(await serve(fields));
    graph.catalogue.remove(instance.instance);
    await between();
    await instance.kill();
  }
  return fresh;
}

function startClient(query: string): Client {
  const faults: string[] = [];
  let count = 0;
  const end = new AbortController();
  const run = async () => {
    while (!end.signal.aborted) {
      const { errors } = await graph.engine.execute(aRequest(query));
      count += 1;
      for (const { message } of errors ?? []) faults.push(message);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const running = run();
  const client = {
    faults,
    asked: (times: number) => until(() => count >= times),
    async stop() {
      end.abort();
      await running;
    },
  };
  clients.push(client);
  return client;
}

/** Waits until the graph has these fields, and no other. */
const untilServed = (fields: string) =>
  graph.graphWhere(({ schema }: Graph) =>
    printSchema(schema).replaceAll(/\s+/g, ' ').includes(`type Note { ${fields} }`),
  );

describe('a schema that expands and then contracts under load', () => {
  // The graph was that of the new version while half of the requests went to instances of the old one, which refused the new field.
  it('fails no request while instances of both versions run', async () => {
    const first = [await serve('text: String'), await serve('text: String')];
    await untilServed('text: String');
    const oldClient = startClient('{ note { text } }');
    const newClients: Client[] = [];

    const second = await roll(first, 'text: String title: String', async () => {
      await untilServed('text: String title: String');
      const client = startClient('{ note { title } }');
      newClients.push(client);
      await client.asked(50);
    });
    await oldClient.stop();
    await roll(second, 'title: String', () => untilServed('title: String'));
    await untilServed('title: String');

    expect(oldClient.faults).toEqual([]);
    expect(newClients.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it('asks instances of another version when none of its own is left', async () => {
    const [first] = [await serve('text: String')];
    await untilServed('text: String');
    const client = startClient('{ note { text } }');

    await serve('text: String title: String');
    graph.catalogue.remove(first.instance);
    await first.kill();
    await untilServed('text: String title: String');

    expect(client.faults).toEqual([]);
  });
});
