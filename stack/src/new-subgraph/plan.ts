import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeFromRover } from '@storefront/schema/tools/supergraph.ts';
import { StackFault, textOf } from '../fault.ts';
import { subgraphPorts } from '../subgraphs.ts';
import { type Names, rename } from './names.ts';
import { type Newcomer, registrations, withVersion } from './registrations.ts';

/** What is to be written, by path from the root of the repository. */
export type Plan = { readonly created: ReadonlyMap<string, string>; readonly changed: ReadonlyMap<string, string> };

const firstPort = 3004;

/**
 * Says what one more subgraph takes: its own files, unless its folder is there already, and the entries that are missing. Writes
 * nothing. @throws StackFault for a type or field that the graph has already, and for a shared file without a place for it
 */
export async function planSubgraph(root: string, names: Names): Promise<Plan> {
  const templates = join(root, 'templates', 'subgraph');
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const newcomer: Newcomer = {
    names,
    port: portOf(names),
    version: (JSON.parse(read('platform/package.json')) as { version: string }).version,
    template: (file) => readFileSync(join(templates, file), 'utf8'),
  };
  const changed = new Map<string, string>();
  for (const { file, mark, enter } of registrations) {
    const text = read(file);
    if (text.search(patternOf(mark(names))) !== -1) continue;
    changed.set(
      file,
      entered(file, () => enter(text, newcomer)),
    );
  }
  if (existsSync(join(root, 'subgraphs', names.plural))) return { created: new Map(), changed };
  const created = filesOf(newcomer, templates);
  await refuseMisfit(root, names, created.get(`schema/${names.plural}.graphql`) ?? '');
  return { created, changed };
}

/** The files that have changes which are not committed, of those named; none where there is no git. */
export function uncommitted(root: string, files: readonly string[]): string[] {
  if (files.length === 0 || !existsSync(join(root, '.git'))) return [];
  const options = { cwd: root, encoding: 'utf8' } as const;
  const lines = execFileSync('git', ['status', '--porcelain', '--', ...files], options).split('\n');
  return lines.filter(Boolean).map((line) => line.slice(3));
}

const patternOf = (mark: string | RegExp): RegExp =>
  typeof mark === 'string' ? new RegExp(mark.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')) : mark;

function portOf({ plural }: Names): number {
  const ports: Readonly<Record<string, number>> = subgraphPorts;
  return ports[plural] ?? Math.max(firstPort - 1, ...Object.values(ports)) + 1;
}

function filesOf({ names, port, version, template }: Newcomer, templates: string): Map<string, string> {
  const files = readdirSync(join(templates, 'service'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(templates.length + 1));
  const created = new Map([
    [`schema/${names.plural}.graphql`, rename(template('schema.graphql'), names)],
    [`deploy/kubernetes/base/${names.plural}.yaml`, rename(template('kubernetes.yaml'), names, { port })],
  ]);
  for (const file of files) {
    const path = rename(file.replace(/^service/, 'subgraphs/reviews'), names, { isPath: true });
    created.set(path, imports(rename(template(file), names, { port }), names));
  }
  const manifest = `subgraphs/${names.plural}/package.json`;
  const { dependencies, ...rest } = JSON.parse(created.get(manifest) ?? '{}') as {
    dependencies: Record<string, string>;
  };
  const whole = { ...rest, version, dependencies: withVersion(dependencies, version) };
  created.set(manifest, `${JSON.stringify(whole, null, 2)}\n`);
  return created;
}

/** Files are named in kebab-case, also where they are imported. */
function imports(text: string, names: Names): string {
  const file = rename('review', names, { isPath: true });
  return text.replaceAll(/(from '\.[^']*\/)([^'/]+)'/g, (_all, folder: string, name: string) => {
    const variable = rename('review', names);
    return `${folder}${name.startsWith('on-') ? name : name.replace(variable, file)}'`;
  });
}

/** Composes what there is with the newcomer. @throws StackFault with the rules that it breaks */
async function refuseMisfit(root: string, names: Names, sdl: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'storefront-new-subgraph-'));
  try {
    writeFileSync(join(folder, 'new.graphql'), sdl);
    const known = readFileSync(join(root, 'rover.yaml'), 'utf8').replaceAll(/file: (?=schema\/)/g, `file: ${root}/`);
    const isThere = known.includes(`\n  ${names.plural}:\n`);
    const entry = `  ${names.plural}:\n    routing_url: http://localhost/\n    schema:\n      file: new.graphql\n`;
    writeFileSync(join(folder, 'rover.yaml'), isThere ? known : known + entry);
    refuseKnown(root, names);
    const composition = await composeFromRover(join(folder, 'rover.yaml'));
    if ('faults' in composition)
      throw new StackFault(`${names.plural} does not fit into the graph:\n  ${composition.faults.join('\n  ')}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Composition takes a type that two subgraphs share; here it would be somebody else's. */
function refuseKnown(root: string, { plural, entity }: Names): void {
  const graph = readFileSync(join(root, 'schema', 'supergraph.graphql'), 'utf8');
  if (new RegExp(`^(?:type|interface|union|enum|scalar|input) ${entity}\\b`, 'm').test(graph))
    throw new StackFault(`the graph has a type ${entity} already: give another name with --entity`);
  const product = /^type Product\b[^]*?^\}/m.exec(graph)?.[0] ?? '';
  if (new RegExp(`^  ${plural}\\b`, 'm').test(product))
    throw new StackFault(`products have a field "${plural}" already: choose another name`);
}

function entered(file: string, enter: () => string): string {
  try {
    return enter();
  } catch (error) {
    throw new StackFault(`${file} cannot be changed: ${textOf(error)}`);
  }
}
