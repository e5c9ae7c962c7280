import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntilItAnswers } from '../answers.ts';
import { gatewayCore, loadCore, results, tell } from '../place.ts';
import { type Running, startProgram, waitForOutput } from '../processes.ts';
import type { Contestant } from '../rounds.ts';
import { composeSupergraph, type SubgraphUrls } from '../subgraphs/graph.ts';
import type { Gateway } from './gateways.ts';

/** A gateway of the run: started and answering, or the reason why not. */
export interface Entrant extends Contestant {
  readonly gateway: Gateway;
  readonly fault?: string;
}

const firstPort = 4_700;

/** Starts the subgraphs on the load's core, then the gateways on the other, all of them added to `running`. */
export async function startField(gateways: readonly Gateway[], running: Running[]): Promise<readonly Entrant[]> {
  const urls = await startSubgraphs(running);
  const supergraphPath = join(results, 'supergraph.graphql');
  await writeFile(supergraphPath, composeSupergraph(urls));
  const entrants: Entrant[] = [];
  for (const [index, gateway] of gateways.entries()) {
    const place = { supergraphPath, urls, port: firstPort + index, folder: results };
    entrants.push(await start(gateway, place, running));
  }
  return entrants;
}

async function startSubgraphs(running: Running[]): Promise<SubgraphUrls> {
  const logPath = join(results, 'subgraphs.log');
  const command = [process.execPath, join(import.meta.dirname, '../subgraphs/main.ts')] as const;
  const subgraphs = startProgram({ command, logPath, core: loadCore });
  running.push(subgraphs);
  return JSON.parse(await waitForOutput(subgraphs, { logPath, name: 'subgraphs' }, /^(\{.+\})$/m)) as SubgraphUrls;
}

async function start(gateway: Gateway, place: Parameters<Gateway['launch']>[0], running: Running[]): Promise<Entrant> {
  const { name } = gateway;
  const url = `http://127.0.0.1:${place.port}/graphql`;
  const logPath = join(results, `${name}.log`);
  tell(`starting ${gateway.title}`);
  let program: Running | undefined;
  try {
    const launch = await gateway.launch(place);
    const started = startProgram({ ...launch, logPath, core: launch.usesAllCores ? undefined : gatewayCore });
    program = started;
    running.push(started);
    await waitUntilItAnswers(url, () => started.exitCode === null);
    return { name, gateway, url, pid: started.pid };
  } catch (cause) {
    await program?.stop();
    const fault = `left out: ${cause instanceof Error ? cause.message : String(cause)}`;
    tell(`  ${fault} (bench/results/${name}.log)`);
    return { name, gateway, url, pid: -1, fault };
  }
}
