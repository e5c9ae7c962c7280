import { serveHealth } from '@storefront/platform/http/health.ts';
import type { FastifyInstance } from 'fastify';
import type { Composition } from '../composition/composer.ts';
import type { Balancing } from '../subgraphs/balancing/balancing.ts';
import type { Engine } from '../engine/engine.ts';

export interface AdminDeps {
  readonly engine: Pick<Engine, 'state' | 'fault'>;
  readonly composition: Pick<Composition, 'state'>;
  readonly balancing: Pick<Balancing, 'states'>;
  /** The servers that the gateway needs, each with what resolves when it answers. */
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
}

/**
 * Serves /health, which says that the process lives, and /ready, which is 200 only while a graph is served and every
 * server of `checks` answers but Consul, without which what is known serves on. `showDetail` adds the subgraphs, why a newer graph could not be composed, and the instances that are set aside.
 */
export function serveAdmin(
  server: FastifyInstance,
  { engine, composition, balancing, checks }: AdminDeps,
  { showDetail }: { readonly showDetail: boolean },
): { beginShutdown(): void } {
  return serveHealth(server, {
    service: 'gateway',
    advisory: ['consul'],
    checks: {
      graph: async () => {
        if (engine.state.phase === 'waiting')
          throw new Error(engine.state.reasons.join('; ') || 'the first composition is not done');
      },
      ...checks,
    },
    details: () =>
      showDetail ? { graph: describeGraph({ engine, composition }), balancing: describeBalancing(balancing) } : {},
  });
}

function describeGraph({ engine, composition }: Pick<AdminDeps, 'engine' | 'composition'>) {
  const { subgraphs, faults } = composition.state;
  const id = engine.state.phase === 'serving' ? engine.state.graph.id : null;
  return { phase: engine.state.phase, id, subgraphs, faults, engineFault: engine.fault };
}

function describeBalancing(balancing: AdminDeps['balancing']) {
  const aside = balancing.states().filter(({ phase }) => phase !== 'closed');
  return aside.map(({ instance, phase }) => ({ instance, phase }));
}
