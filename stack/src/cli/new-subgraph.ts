import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { flag, parseCommandLine, text } from '@storefront/platform/process/command-line.ts';
import { repository } from '../config.ts';
import { type Progress, StackFault } from '../fault.ts';
import { readNames } from '../new-subgraph/names.ts';
import { type Plan, planSubgraph, uncommitted } from '../new-subgraph/plan.ts';

const run = promisify(execFile);
const command = {
  usage: 'npm run new:subgraph -- NAME',
  does: 'Makes a subgraph that works: a service with a schema, a table, resolvers, rules, an event consumer and tests.',
  options: {
    entity: text('TYPE', 'the type of one of them, when it is not the singular of NAME', undefined),
    'dry-run': flag('only say what would be written, and whether it composes'),
    'allow-dirty': flag('change files that have changes which are not committed'),
  },
  words: { least: 1, most: 1 },
  more: `NAME is what it serves, in the plural and in small letters: reviews. Done again, it only adds what is missing.
docs/add-a-subgraph.md shows the whole way.`,
} as const;

/**
 * Does what `npm run new:subgraph` is asked for, and returns what there is to say in the end.
 * @throws CommandLineFault; StackFault before anything is written, or when a tool that writes generated files fails
 */
export async function newSubgraph(words: readonly string[], progress: Progress): Promise<string> {
  const asked = parseCommandLine(words, command);
  if ('help' in asked) return asked.help;
  const { options } = asked;
  const [name = ''] = asked.words;
  const names = readNames(name, options.entity);
  const plan = await planSubgraph(repository, names);
  if (plan.created.size + plan.changed.size === 0) return `${name} is there, and every entry of it: nothing to do.`;
  if (options['dry-run']) return `${listOf(plan)}\n\nIt composes. Nothing was written.`;
  const dirty = options['allow-dirty'] ? [] : uncommitted(repository, [...plan.changed.keys()]);
  if (dirty.length > 0)
    throw new StackFault(
      `${dirty.join(', ')} ${dirty.length > 1 ? 'have' : 'has'} changes that are not committed, and would be changed. Commit them first, or give --allow-dirty.`,
    );
  write(plan, name);
  await generate(progress);
  return `${listOf(plan)}

Next
${nextSteps(name)}`;
}

const nextSteps = (name: string): string =>
  [
    [`npm test -- subgraphs/${name}`, 'its tests'],
    ['npm run check', 'what a review begins with'],
    [`npm run service -- ${name}`, 'starts it beside a stack that runs: it joins the graph within seconds'],
    ['npm start', `starts everything, ${name} too`],
  ]
    .map(([command = '', text]) => `  ${command.padEnd(40)} ${text}`)
    .join('\n');

const listOf = ({ created, changed }: Plan): string =>
  [
    ...[...created.keys()].map((file) => `  new      ${file}`),
    ...[...changed.keys()].map((file) => `  changed  ${file}`),
  ].join('\n');

/** The folder of the service appears whole or not at all, so that what was interrupted can be done again. */
function write({ created, changed }: Plan, name: string): void {
  const folder = join('subgraphs', name);
  const partial = join('subgraphs', `.${name}.partial`);
  rmSync(join(repository, partial), { recursive: true, force: true });
  for (const [file, text] of created) {
    const path = join(repository, file.replace(`${folder}/`, `${partial}/`));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  if (created.size > 0) renameSync(join(repository, partial), join(repository, folder));
  for (const [file, text] of changed) writeFileSync(join(repository, file), text);
  linkWorkspace(name);
}

/** What `npm ci` would do about it, so that nothing has to be installed. */
function linkWorkspace(name: string): void {
  const modules = join(repository, 'node_modules');
  const link = join(modules, '@storefront', name);
  const mark = join(modules, '.package-lock.json');
  if (!existsSync(link)) symlinkSync(join('..', '..', 'subgraphs', name), link);
  if (existsSync(mark)) utimesSync(mark, new Date(), new Date());
}

/** The files that are made from others: the composed graph, the events' description, resolver types; and the format of all. */
async function generate(progress: Progress): Promise<void> {
  const program = (tool: string) => join(repository, 'node_modules', '.bin', tool);
  const steps: readonly (readonly [string, ...string[]])[] = [
    [process.execPath, 'schema/tools/compose.ts'],
    [process.execPath, 'schema/tools/asyncapi.ts'],
    [program('graphql-codegen'), '--config', 'codegen.ts', '--silent'],
    [program('oxfmt'), 'subgraphs', 'schema', 'stack/src/subgraphs.ts', 'codegen.ts'],
  ];
  for (const [tool, ...parameters] of steps) {
    progress([tool.replace(`${repository}/`, ''), ...parameters].join(' '));
    await run(tool, parameters, { cwd: repository }).catch((cause: { stderr?: string; message: string }) => {
      throw new StackFault(`${tool} failed: ${cause.stderr || cause.message}`);
    });
  }
}
