/**
 * `npm run test:traffic`: breaks instances, subgraphs, Consul and deploys under load and prints what clients saw. `-- --only NAME` plays one (several with
 * several), `--list` tells the names, `--json FILE` writes what was measured. Exit code 1 when a goal is missed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { openWorld, type World } from './world.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
const say = (line: string) => void process.stderr.write(`${line}\n`);
const chosen = scenarios.filter(({ name }) => values.only === undefined || values.only.includes(name));

async function play({ name, goal, play: run }: Scenario, world: World) {
  say(`${name}: ${goal}`);
  const { measured, faults } = await run(world).catch((error: unknown) => ({
    measured: 'nothing',
    faults: [`the scenario itself failed: ${describeFault(error)}`],
  }));
  say(`${name}: ${faults.length === 0 ? 'holds' : `DOES NOT HOLD: ${faults.join('; ')}`} (${measured})`);
  return { name, goal, measured, faults };
}

if (values.list) {
  process.stdout.write(`${scenarios.map(({ name, goal }) => `${name.padEnd(20)}${goal}`).join('\n')}\n`);
} else if (chosen.length === 0) {
  say('there is no such scenario; --list tells them');
  process.exitCode = 2;
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
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
  const holds = results.every(({ faults }) => faults.length === 0);
  if (holds) await rm(state, { recursive: true, force: true });
  process.exitCode = holds ? 0 : 1;
}
