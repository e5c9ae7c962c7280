/** Runs in a worker thread: takes one message, the subgraphs, and answers with one, a `ComposeOutcome`. */
import { parentPort } from 'node:worker_threads';
import { composeServices } from '@apollo/composition';
import { type GraphQLError, parse } from 'graphql';
import type { ComposeOutcome, SubgraphSdl } from './compose.ts';

parentPort?.once('message', (subgraphs: readonly SubgraphSdl[]) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(compose(subgraphs));
});

function compose(subgraphs: readonly SubgraphSdl[]): ComposeOutcome {
  const services = [];
  for (const { name, url, sdl } of subgraphs) {
    try {
      services.push({ name, url, typeDefs: parse(sdl) });
    } catch (fault) {
      return { faults: [{ code: 'INVALID_GRAPHQL', message: `[${name}] ${String(fault)}`, subgraphs: [name] }] };
    }
  }
  const { errors, supergraphSdl } = composeServices(services);
  return supergraphSdl === undefined
    ? { faults: (errors ?? []).map((fault) => describe(fault, subgraphs)) }
    : { supergraphSdl };
}

/** Composition names the subgraphs in the nodes of an error or, for some rules, in its text alone. */
function describe(fault: GraphQLError, subgraphs: readonly SubgraphSdl[]) {
  const named = (fault.nodes ?? []).map((node) => ('subgraph' in node ? String(node.subgraph) : ''));
  const code = fault.extensions['code'];
  const inText = subgraphs
    .map(({ name }) => name)
    .filter((name) => fault.message.includes(`"${name}"`) || fault.message.startsWith(`[${name}]`));
  return {
    code: typeof code === 'string' ? code : 'COMPOSITION_FAILED',
    message: fault.message,
    subgraphs: [...new Set([...named, ...inText])].filter(Boolean),
  };
}
