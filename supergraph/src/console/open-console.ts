import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import type { FastifyInstance } from 'fastify';
import type { EndedOperation } from '../admin/measure-operations.ts';
import type { HouseConfig } from '../config.ts';
import type { Engine } from '../engine/engine.ts';
import type { AdaptiveLimit } from '../guards/adaptive-limit.ts';
import type { Guards } from '../guards/create-guards.ts';
import type { Sources } from '../sources/sources.ts';
import { probeServices } from './probe-services.ts';
import { createRecorder } from './recorder.ts';
import { serveConsole } from './serve-console.ts';
import { openSwitches } from './switches.ts';
import { watchFetches } from './watch-fetches.ts';

/** The console of a gateway, in the steps in which a gateway starts. */
export interface Console {
  /** What the engine is to be built on: the same, with a client that is watched. */
  readonly sources: Sources;
  onOperation(operation: EndedOperation): void;
  serve(server: FastifyInstance, deps: Guards & ServedConsole): void;
}

/** What the console shows and asks of the gateway that serves it. */
export interface ServedConsole {
  readonly engine: Engine;
  readonly shedding: AdaptiveLimit | null;
  readonly mayExplain: (caller: Caller) => boolean;
}

/** Opens the console over what a gateway is built on. The scope ends its probes. */
export function openConsole(sources: Sources, config: HouseConfig, scope: Scope): Console {
  const now = Date.now;
  const recorder = createRecorder({ now });
  const client = watchFetches(sources.client, (outcome) => recorder.fetch(outcome));
  const instances = () => [...sources.instances.current.values()].flat();
  const probe = probeServices(instances, now);
  scope.defer('console', () => probe.close());
  const { STACK_CONTROL_URL: url, STACK_CONTROL_TOKEN: token, LOCAL_STACK: isLocal } = config;
  const switches = isLocal && url !== undefined && token !== undefined ? openSwitches({ url, token }) : null;
  return {
    sources: { ...sources, client },
    onOperation: (operation) => recorder.operation(operation),
    serve: (server, deps) =>
      serveConsole(
        server,
        { ...sources, ...deps, recorder, probe, instances, switches, now },
        { isOpen: config.NODE_ENV !== 'production' },
      ),
  };
}
