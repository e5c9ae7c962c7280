import { readFile } from 'node:fs/promises';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import { fixedComposition } from '../composition/fixed-composition.ts';
import { readSupergraph } from '../composition/read-supergraph.ts';
import type { Supergraph } from '../composition/supergraph.ts';
import type { FileConfig } from '../config.ts';
import { keysOfFileGateway } from '../guards/create-guards.ts';
import { createSubgraphClient } from '../subgraphs/client.ts';
import { watchSubgraphInstances } from '../subgraphs/instances.ts';
import { measureFetches } from '../subgraphs/measure-fetches.ts';
import { createFixedDiscovery } from './fixed-discovery.ts';
import { sendingOptions } from './sending-options.ts';
import type { Sources } from './sources.ts';

/**
 * Builds on one composed supergraph file and nothing else. The subgraphs are where its `@join__graph` says; they are
 * somebody else's, so each gets the caller's own `authorization` and no token of ours. There are no events.
 * @throws CodedError SUPERGRAPH_UNREADABLE when the file is no supergraph, or one whose subgraphs have no URL
 */
export async function openFile(config: FileConfig, scope: Scope, metrics: Metrics): Promise<Sources> {
  const { log } = scope;
  const supergraph = await readSupergraphFile(config.SUPERGRAPH_PATH);
  const { ACCESS_TOKEN_JWKS_URL: keysUrl } = config;
  const discovery = createFixedDiscovery([
    ...supergraph.subgraphs.map(({ name, url }) => ({ name, url: readUrl(name, url), tags: ['subgraph'] })),
    ...(keysUrl ? [{ name: keysOfFileGateway, url: new URL(keysUrl), tags: [] }] : []),
  ]);
  const instances = watchSubgraphInstances({ discovery });
  scope.defer('subgraph instances', () => instances.close());
  const sender = createSubgraphClient({ instances, tokens: null, log }, sendingOptions(config));
  const client = measureFetches(sender, metrics);
  scope.defer('subgraph client', () => client.close());
  return {
    discovery,
    composition: fixedComposition(supergraph),
    client,
    instances,
    balancing: sender.balancing,
    shares: null,
    redis: null,
    cache: null,
    live: null,
    revocations: null,
    checks: {},
  };
}

async function readSupergraphFile(path: string): Promise<Supergraph> {
  try {
    const supergraph = readSupergraph(await readFile(path, 'utf8'));
    if (supergraph.subgraphs.length === 0) throw new Error('it has no join__Graph with subgraphs');
    return supergraph;
  } catch (cause) {
    throw unreadable(`${path} is no composed supergraph`, cause);
  }
}

function readUrl(subgraph: string, text: string | undefined): URL {
  const url = URL.parse(text ?? '');
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw unreadable(`the supergraph has no http URL for subgraph ${subgraph}`);
}

function unreadable(message: string, cause?: unknown): CodedError {
  return new CodedError('SUPERGRAPH_UNREADABLE', message, cause === undefined ? {} : { cause });
}
