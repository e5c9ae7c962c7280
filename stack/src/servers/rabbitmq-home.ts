import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

const wanted = ['rabbit', 'rabbitmq_management'];

/**
 * Makes a home for RabbitMQ in which only the plugins it needs are visible: at boot it reads every one it sees, and that
 * is half of its boot time. Returns the start script to run: the given one when its home does not look as expected.
 */
export function prepareHome(program: string, folder: string): string {
  const scripts = dirname(realpathSync(program));
  const plugins = join(scripts, '..', 'plugins');
  const needed = existsSync(plugins) ? pluginsFor(plugins) : null;
  if (needed === null) return program;
  const home = join(folder, 'home');
  rmSync(home, { recursive: true, force: true });
  for (const part of ['sbin', 'plugins']) mkdirSync(join(home, part), { recursive: true });
  for (const script of readdirSync(scripts)) copyFileSync(join(scripts, script), join(home, 'sbin', script));
  for (const plugin of needed) symlinkSync(join(plugins, plugin), join(home, 'plugins', plugin));
  return join(home, 'sbin', basename(program));
}

/** The folders of the wanted applications and of all they depend on; null when some wanted one is not a plain folder. */
function pluginsFor(plugins: string): string[] | null {
  const folders = new Map(
    readdirSync(plugins)
      .filter((name) => /^[a-z0-9_]+-/.test(name))
      .map((folder) => [folder.slice(0, folder.indexOf('-')), folder]),
  );
  const found = new Set<string>();
  const queue = [...wanted];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const folder = folders.get(name);
    if (folder === undefined || found.has(folder)) continue;
    const description = join(plugins, folder, 'ebin', `${name}.app`);
    if (!existsSync(description)) return null;
    found.add(folder);
    queue.push(...applicationsIn(readFileSync(description, 'utf8')));
  }
  return wanted.every((name) => found.has(folders.get(name) ?? '')) ? [...found] : null;
}

/** Reads the application lists of an Erlang `.app` file. Source: erlang.org/doc/man/app */
const applicationsIn = (description: string): string[] =>
  [...description.matchAll(/\{\s*(?:included_|optional_)?applications\s*,\s*\[([^\]]*)\]/g)].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((name) => name.trim().replaceAll("'", ''))
      .filter(Boolean),
  );
