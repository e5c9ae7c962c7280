/** `npm run test:traffic`: breaks instances, subgraphs, Consul and deploys under load; `--help` tells its options. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import { flag, namesOf, readCommandLine, text } from '@storefront/platform/process/command-line.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { openWorld, type World } from './world.ts';

const { options } = readCommandLine({
  usage: 'npm run test:traffic',
  does: 'Breaks instances, subgraphs, Consul and deploys under load, on a stack of its own, and prints what clients saw.',
  options: {
    only: namesOf(
      scenarios.map(({ name }) => name),
      'these scenarios alone',
    ),
    list: flag('only tell the scenarios and their goals'),
    json: text('FILE', 'write what was measured there too', undefined),
  },
  more: 'Exit code 1 when a goal is missed.',
});
const say = (line: string) => void process.stderr.write(`${line}\n`);
const chosen = scenarios.filter(({ name }) => options.only.includes(name));

async function play({ name, goal, play: run }: Scenario, world: World) {
  say(`${name}: ${goal}`);
  const { measured, faults } = await run(world).catch((error: unknown) => ({
    measured: 'nothing',
    faults: [`the scenario itself failed: ${describeFault(error)}`],
  }));
  say(`${name}: ${faults.length === 0 ? 'holds' : `DOES NOT HOLD: ${faults.join('; ')}`} (${measured})`);
  return { name, goal, measured, faults };
}

if (options.list) {
  process.stdout.write(`${scenarios.map(({ name, goal }) => `${name.padEnd(20)}${goal}`).join('\n')}\n`);
} else {
  const state = await mkdtemp(join(tmpdir(), 'storefront-traffic-'));
  say(`logs and data in ${state}`);
  const world = await openWorld(state, say);
  const results = [];
  for (const scenario of chosen) results.push(await play(scenario, world));
  await world.close();
  const rows = results.map(
    ({ name, goal, measured, faults }) =>
      `| ${name} | ${goal} | ${faults.length === 0 ? 'holds' : `**${faults.join('; ')}**`} | ${measured} |`,
  );
  process.stdout.write(
    ['| scenario | goal | result | measured |', '| --- | --- | --- | --- |', ...rows, ''].join('\n'),
  );
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  const holds = results.every(({ faults }) => faults.length === 0);
  if (holds) await rm(state, { recursive: true, force: true });
  process.exitCode = holds ? 0 : 1;
}
