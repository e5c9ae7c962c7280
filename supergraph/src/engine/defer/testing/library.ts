import type { ExecutionResult } from 'graphql';
import type { SubgraphClient } from '../../../subgraphs/client.ts';
import type { Signal } from '../../../subgraphs/signal.ts';
import { waitFor } from '../../../subgraphs/wait-for.ts';
import type { EngineOptions, OperationRequest } from '../../engine.ts';
import { type Asked, type MemoryGraph, startMemoryGraph } from '../../testing/memory-graph.ts';
import { aRequest } from '../../testing/test-graph.ts';
import type { TestSubgraph } from '../../testing/test-subgraph.ts';
import { type IncrementalResult, isIncremental, type SubsequentResult } from '../incremental-result.ts';

const link = (...names: readonly string[]) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${names.map((name) => `"${name}"`).join()}])`;

const titles = new Map([
  ['1', 'Emma'],
  ['2', 'Persuasion'],
]);

/** Books, what readers say of them, and the readers. */
const subgraphs: readonly TestSubgraph[] = [
  {
    name: 'books',
    sdl: `${link('@key')}
      type Query { books: [Book!]! book(id: ID!): Book noBooks: [Book!]! motto: String }
      type Mutation { addBook: Book count: Int }
      type Book @key(fields: "id") { id: ID! title: String size: Size }
      type Size { width: Int height: Int! }`,
    resolvers: {
      Query: {
        books: () => [{ id: '1' }, { id: '2' }],
        book: (_: unknown, { id }: { id: string }) => ({ id }),
        noBooks: () => [],
        motto: () => 'sapere aude',
      },
      Mutation: { addBook: () => ({ id: '2' }), count: () => 1 },
      Book: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        title: ({ id }: { id: string }) => titles.get(id),
        size: ({ id }: { id: string }) => ({ width: 11, height: id === '1' ? 18 : null }),
      },
    },
  },
  {
    name: 'reviews',
    sdl: `${link('@key', '@authenticated', '@external', '@requires')}
      type Query { latest: Review }
      type Book @key(fields: "id") {
        id: ID! title: String @external
        reviews: [Review!] rating: Int! secret: String @authenticated blurb: String @requires(fields: "title")
      }
      type Review { text: String! book: Book author: Reader }
      type Reader @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { latest: () => ({ text: 'the latest', book: { id: '1' }, author: { id: 'r1' } }) },
      Book: {
        __resolveReference: (book: object) => book,
        reviews: ({ id }: { id: string }) => [{ text: `of ${id}`, author: { id: `r${id}` } }],
        rating: ({ id }: { id: string }) => (id === '1' ? 5 : null),
        secret: () => 'psst',
        blurb: ({ title }: { title: string }) => `Read ${title}!`,
      },
    },
  },
  {
    name: 'readers',
    sdl: `${link('@key')} type Reader @key(fields: "id") { id: ID! name: String }`,
    resolvers: {
      Reader: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        name: ({ id }: { id: string }) => `reader ${id}`,
      },
    },
  },
];

/** A fetch that is held back. */
export interface HeldFetch {
  /** Resolves when the subgraph has been asked. */
  readonly asked: Promise<Asked>;
  /** Lets it answer; with a value, that. */
  release(answer?: unknown): void;
}

/** The graph, and what tests of answers in parts do with it. */
export interface Library extends MemoryGraph {
  /** Executes for a client that takes parts. */
  ask(source: string, rest?: Parameters<typeof aRequest>[1]): Promise<ExecutionResult | IncrementalResult>;
  /** The signals that fetches were sent with, oldest first. A held one gives up when its signal is aborted. */
  readonly signals: Signal[];
  /** Holds the fetches back that go to the subgraph and mention the text. */
  hold(subgraph: string, text?: string): HeldFetch;
}

/** Starts an engine over the subgraphs. */
export async function startLibrary(options: EngineOptions = {}): Promise<Library> {
  const signals: Signal[] = [];
  const wrap = (client: SubgraphClient): SubgraphClient => ({
    ...client,
    send(request) {
      signals.push(request.signal);
      return waitFor(client.send(request), request.signal);
    },
  });
  const graph = await startMemoryGraph(subgraphs, { wrap, ...options });
  const holds: { subgraph: string; text: string; asked: (asked: Asked) => void; answer: Promise<unknown> }[] = [];
  graph.intercept = (asked) => {
    const held = holds.find(({ subgraph, text }) => subgraph === asked.subgraph && asked.query.includes(text));
    held?.asked(asked);
    return held?.answer;
  };
  return Object.assign(graph, {
    signals,
    ask: (source: string, rest: Partial<OperationRequest> = {}) => graph.engine.executeInParts(aRequest(source, rest)),
    hold(subgraph: string, text = '') {
      const asked = Promise.withResolvers<Asked>();
      const answer = Promise.withResolvers<unknown>();
      holds.push({ subgraph, text, asked: asked.resolve, answer: answer.promise });
      return { asked: asked.promise, release: answer.resolve };
    },
  });
}

/** An answer that must be in parts. */
export function inParts(answer: ExecutionResult | IncrementalResult): IncrementalResult {
  if (!isIncremental(answer)) throw new Error(`the answer is whole: ${JSON.stringify(answer)}`);
  return answer;
}

/** The next parts, as JSON. */
export async function nextOf({ subsequent }: IncrementalResult): Promise<SubsequentResult> {
  const next = await subsequent.next();
  if (next.done) throw new Error('there is no next part');
  return plain(next.value);
}

/** All parts that are left, as JSON. */
export async function restOf({ subsequent }: IncrementalResult): Promise<readonly SubsequentResult[]> {
  const rest: SubsequentResult[] = [];
  for await (const part of subsequent) rest.push(plain(part));
  return rest;
}

/** As a client gets it. */
export function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
