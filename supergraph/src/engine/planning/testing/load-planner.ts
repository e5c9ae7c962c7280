import { anonymous } from '@storefront/platform/identity/caller.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { parse } from 'graphql';
import { compose } from '../../../composition/compose.ts';
import { readSupergraph } from '../../../composition/read-supergraph.ts';
import type { Supergraph } from '../../../composition/supergraph.ts';
import { loadGatewayModule } from '../../config.ts';
import { createGeneration, type Generation } from '../../generation.ts';
import type { CompiledOperation, PlannerOptions } from '../../plan.ts';

/** Composes SDLs by the name of their subgraph. */
export async function composeSupergraph(sdls: Readonly<Record<string, string>>): Promise<Supergraph> {
  const subgraphs = Object.entries(sdls).map(([name, sdl]) => ({ name, url: `http://${name}`, sdl }));
  const outcome = await compose(subgraphs, { signal: new AbortController().signal });
  if ('faults' in outcome) throw new Error(outcome.faults.map(({ message }) => message).join('\n'));
  return readSupergraph(outcome.supergraphSdl);
}

/** A generation of which only the planner is used. */
export async function loadPlanner(supergraph: Supergraph, planning: PlannerOptions = {}) {
  const log = createLog({ service: 'test', level: 'silent' });
  const client = { send: () => Promise.reject(new Error('nobody is there')), close: async () => undefined };
  const gatewayModule = await loadGatewayModule();
  const { planner, retire }: Generation = await createGeneration(
    { gatewayModule, client, log, enforcers: {}, planning },
    supergraph,
  );
  return {
    planner,
    /** Plans an operation for anybody, as a document of its own. */
    plan(
      source: string,
      variables: Readonly<Record<string, unknown>> = {},
    ): CompiledOperation | Promise<CompiledOperation> {
      return planner.plan(planner.find({ document: parse(source), source, caller: anonymous }), variables);
    },
    close: () => retire(),
  };
}
