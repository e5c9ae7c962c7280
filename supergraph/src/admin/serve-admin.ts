import type { Bus } from '@storefront/platform/bus/bus.ts';
import type { Discovery } from '@storefront/platform/discovery/discovery.ts';
import { serveHealth } from '@storefront/platform/http/health.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import type { FastifyInstance } from 'fastify';
import type { Composition } from '../composition/composer.ts';
import type { Engine } from '../engine/engine.ts';

export interface AdminDeps {
  readonly engine: Pick<Engine, 'state' | 'fault'>;
  readonly composition: Pick<Composition, 'state'>;
  readonly redis: Pick<Redis, 'ping'>;
  readonly bus: Pick<Bus, 'ping'>;
  readonly discovery: Pick<Discovery, 'isReachable'>;
}

/**
 * Serves /health, which says that the process lives, and /ready, which is 200 only while a graph is served and Redis,
 * RabbitMQ and Consul answer. `showDetail` adds the subgraphs, and why a newer graph could not be composed.
 */
export function serveAdmin(
  server: FastifyInstance,
  deps: AdminDeps,
  { showDetail }: { readonly showDetail: boolean },
): { beginShutdown(): void } {
  const { engine, composition, redis, bus, discovery } = deps;
  return serveHealth(server, {
    service: 'gateway',
    checks: {
      graph: async () => {
        if (engine.state.phase === 'waiting')
          throw new Error(engine.state.reasons.join('; ') || 'the first composition is not done');
      },
      redis: () => redis.ping(),
      rabbitmq: () => bus.ping(),
      consul: () => discovery.isReachable(),
    },
    details: () => (showDetail ? { graph: describeGraph({ engine, composition }) } : {}),
  });
}

function describeGraph({ engine, composition }: Pick<AdminDeps, 'engine' | 'composition'>) {
  const { subgraphs, faults } = composition.state;
  const id = engine.state.phase === 'serving' ? engine.state.graph.id : null;
  return { phase: engine.state.phase, id, subgraphs, faults, engineFault: engine.fault };
}
