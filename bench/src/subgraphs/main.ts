import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { type SubgraphName, subgraphNames, subgraphSdls } from './graph.ts';
import { subgraphResolvers } from './resolvers.ts';
import { serveAnswers } from './serve-answers.ts';

/** Serves one subgraph on a free port of this machine; resolves with its address. */
async function serveSubgraph(name: SubgraphName): Promise<string> {
  const typeDefs = parse(subgraphSdls[name]);
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: subgraphResolvers[name] as never }]);
  const server = serveAnswers(async (body) => {
    const { query, variables, operationName } = JSON.parse(body);
    return JSON.stringify(await graphql({ schema, source: query, variableValues: variables, operationName }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

const urls = await Promise.all(subgraphNames.map(async (name) => [name, await serveSubgraph(name)] as const));
process.stdout.write(`${JSON.stringify(Object.fromEntries(urls))}\n`);
