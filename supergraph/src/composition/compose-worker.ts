/** Runs in a worker thread: composes what `workerData` holds, posts one `ComposeOutcome` and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { composeServices } from '@apollo/composition';
import { GraphQLError, parse } from 'graphql';
import type { ComposeOutcome, SubgraphSdl } from './compose.ts';

parentPort?.postMessage(compose(workerData as readonly SubgraphSdl[]));

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
  return supergraphSdl === undefined ? { faults: (errors ?? []).map(describe) } : { supergraphSdl };
}

function describe(fault: GraphQLError) {
  const named = (fault.nodes ?? []).map((node) => ('subgraph' in node ? String(node.subgraph) : ''));
  const inText = /^\[([^\]]+)\]/.exec(fault.message)?.[1] ?? '';
  return {
    code: String(fault.extensions['code'] ?? 'COMPOSITION_FAILED'),
    message: fault.message,
    subgraphs: [...new Set([...named, inText])].filter(Boolean),
  };
}
