import type { Discovery } from '@storefront/platform/discovery/discovery.ts';
import { lastingDiscovery } from '@storefront/platform/discovery/lasting.ts';
import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import { agreeInConsul } from '../composition/agreement.ts';
import { type Composition, startComposition } from '../composition/composer.ts';
import { openLastGood } from '../composition/last-good.ts';
import { followRetired } from '../composition/retired.ts';
import type { HouseConfig } from '../config.ts';
import { type SubgraphInstances, watchSubgraphInstances } from '../subgraphs/instances.ts';

/** What the graph is made of. */
export interface OpenComposition {
  readonly composition: Composition;
  readonly instances: SubgraphInstances;
  /** Discovery that does not forget. */
  readonly lasting: Pick<Discovery, 'watchServices' | 'watchInstances'>;
}

/**
 * Follows the subgraphs and composes them, together with the other gateways, from what was good last on. Neither Consul nor a subgraph
 * has to be there when there was such a thing. The scope closes everything.
 */
export async function openComposition(
  { LAST_GOOD_FOLDER, CONSUL_KEY_PREFIX: prefix, EXPECTED_SUBGRAPHS: expected }: HouseConfig,
  { log, defer }: Pick<Scope, 'log' | 'defer'>,
  { discovery, tokens }: { readonly discovery: Discovery; readonly tokens: InternalTokens },
): Promise<OpenComposition> {
  const { keys } = discovery;
  const folder = LAST_GOOD_FOLDER ?? null;
  const agreement = agreeInConsul({ keys, log }, `${prefix}supergraph`);
  const lastGood = await openLastGood({ log, folder, keys, instancesKey: `${prefix}instances`, agreement });
  defer('last good', () => lastGood.close());
  const lasting = lastingDiscovery({ discovery, memory: lastGood.instances, log });
  const instances = watchSubgraphInstances({ discovery: lasting });
  defer('subgraph instances', () => instances.close());
  const retired = followRetired({ discovery }, `${prefix}retired`);
  defer('retired subgraphs', () => retired.close());
  const composition = startComposition({ instances, tokens, log, agreement, lastGood, retired }, { expected });
  defer('composition', () => composition.close());
  return { composition, instances, lasting };
}
