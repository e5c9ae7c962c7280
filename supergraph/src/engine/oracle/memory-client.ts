import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type DocumentNode, execute, type GraphQLSchema, parse } from 'graphql';
import type { SubgraphClient } from '../../subgraphs/client.ts';
import type { StoredObject } from './data.ts';
import type { Facts } from './facts.ts';
import { type RunState, resolveField } from './run-state.ts';
import { buildServedSchema } from './subgraph-schema.ts';

/** One request to a subgraph and its answer, for people. */
export interface Exchange {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: unknown;
  readonly answer: unknown;
}

/** Subgraphs in memory, behind the interface of those reached by HTTP. */
export interface MemorySubgraphs {
  readonly client: SubgraphClient;
  /** The answer to one request, without HTTP around it. @throws CodedError SUBGRAPH_UNAVAILABLE */
  answer(
    asked: Pick<Exchange, 'subgraph' | 'query'> & { readonly variables: Readonly<Record<string, unknown>> },
  ): Promise<unknown>;
  /** Answers from this state from now on, and forgets the exchanges so far. */
  use(run: RunState): void;
  /** The exchanges since `use`, oldest first. */
  readonly exchanges: readonly Exchange[];
}

/** Serves all subgraphs of some SDLs. One run at a time. */
export function serveInMemory(facts: Facts): MemorySubgraphs {
  const schemas = new Map<string, GraphQLSchema>();
  const documents = new Map<string, DocumentNode>();
  const exchanges: Exchange[] = [];
  let run: RunState | undefined;
  const schemaOf = (subgraph: string, isLenient: boolean) => {
    const key = `${subgraph} ${isLenient}`;
    const document = facts.subgraphs.find(({ name }) => name === subgraph)?.document;
    if (!document) throw new Error(`there is no subgraph ${subgraph}`);
    const schema = schemas.get(key) ?? buildServedSchema(document, { isLenient });
    schemas.set(key, schema);
    return schema;
  };
  const answer: MemorySubgraphs['answer'] = async ({ subgraph, query, variables }) => {
    if (!run) throw new Error('there is no run');
    const isDown = run.faults.some((fault) => fault.kind === 'down' && fault.subgraph === subgraph);
    const isLenient = run.faults.some(({ kind }) => kind === 'null');
    const document = documents.get(query) ?? parse(query);
    documents.set(query, document);
    const seen = { subgraph, query, variables: JSON.parse(JSON.stringify(variables)) };
    const said = isDown
      ? 'down'
      : await answerOf(facts, { subgraph, schema: schemaOf(subgraph, isLenient), document, variables }, run);
    exchanges.push({ ...seen, answer: isDown ? said : JSON.parse(JSON.stringify(said)) });
    if (isDown) throw new CodedError('SUBGRAPH_UNAVAILABLE', 'it is down', { httpStatus: 503 });
    return JSON.parse(JSON.stringify(said)) as unknown;
  };
  return {
    exchanges,
    answer,
    use(next) {
      run = next;
      exchanges.length = 0;
    },
    client: {
      async send({ subgraph, body, expected }) {
        const { query, variables = {} } = readBody(body);
        const json = await answer({ subgraph, query, variables });
        const bytes = Buffer.from(JSON.stringify(json));
        if (expected?.equals(bytes)) return { status: 200, json: undefined, bytes, isExpected: true };
        return { status: 200, json, bytes };
      },
      close: async () => undefined,
    },
  };
}

/** A request's body is JSON, or what becomes it. */
function readBody(body: unknown): { readonly query: string; readonly variables?: Record<string, unknown> } {
  return typeof body === 'string' ? JSON.parse(body) : (body as ReturnType<typeof readBody>);
}

async function answerOf(
  facts: Facts,
  request: {
    readonly subgraph: string;
    readonly schema: GraphQLSchema;
    readonly document: DocumentNode;
    readonly variables: Readonly<Record<string, unknown>>;
  },
  run: RunState,
) {
  const { subgraph, schema, document, variables } = request;
  const entitiesOf = (representations: readonly Readonly<Record<string, unknown>>[]) =>
    representations.map((representation) => {
      const found = run.data.find(subgraph, representation);
      return found ?? new Error(`${subgraph} knows no ${JSON.stringify(representation)}`);
    });
  const result = await execute({
    schema,
    document,
    variableValues: variables,
    contextValue: run,
    fieldResolver: (source, args, context, info) =>
      info.fieldName === '_entities' ? entitiesOf(args['representations']) : resolveField(source, args, context, info),
    typeResolver: (value) => facts.typeIn(subgraph, (value as StoredObject).type) ?? undefined,
  } as Parameters<typeof execute>[0]);
  return result;
}
