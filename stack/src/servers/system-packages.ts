import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { packageManagerEnvironment } from '../config.ts';
import type { Progress } from '../fault.ts';
import { StackFault } from '../fault.ts';
import { findOnPath } from './programs.ts';

/** A program that comes from the system. `alsoIn`: folders to look in before PATH. */
export type SystemProgram = {
  readonly name: string;
  readonly program: string;
  readonly alsoIn: readonly string[];
  readonly packages: { readonly apt: string; readonly brew: string; readonly dnf: string };
  readonly variable: string;
};

/** Redis: any version that speaks streams. */
export const redisProgram: SystemProgram = {
  name: 'Redis',
  program: 'redis-server',
  alsoIn: [],
  packages: { apt: 'redis-server', brew: 'redis', dnf: 'redis' },
  variable: 'REDIS_URL',
};

/** RabbitMQ: its own script, not the wrapper in /usr/sbin, which changes the user and stays in between. */
export const rabbitmqProgram: SystemProgram = {
  name: 'RabbitMQ',
  program: 'rabbitmq-server',
  alsoIn: ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin'],
  packages: { apt: 'rabbitmq-server', brew: 'rabbitmq', dnf: 'rabbitmq-server' },
  variable: 'RABBITMQ_URL',
};

/**
 * The path of each program; what is missing is installed with apt when this is root on Debian or Ubuntu.
 * @throws StackFault naming the command that installs it on this system, and the Docker way
 */
export async function ensurePrograms(wanted: readonly SystemProgram[], progress: Progress): Promise<string[]> {
  const missing = wanted.filter((one) => pathOf(one) === null);
  if (missing.length > 0) {
    if (!isRootOnDebian()) throw new StackFault(adviceFor(missing));
    await installWithApt(
      missing.map(({ packages }) => packages.apt),
      progress,
    );
  }
  return wanted.map(
    (one) => pathOf(one) ?? raise(new StackFault(`${one.name} was installed, but ${one.program} is not on PATH`)),
  );
}

const pathOf = ({ program, alsoIn }: SystemProgram): string | null => findOnPath(program, { alsoIn });

/** What to type to get the missing programs here. */
export function adviceFor(
  missing: readonly SystemProgram[],
  system: { platform: string; has: (program: string) => boolean } = {
    platform: process.platform,
    has: (program) => findOnPath(program) !== null,
  },
): string {
  const names = missing.map(({ name }) => name).join(' and ');
  const command = commandFor(missing, system);
  const variables = missing.map(({ variable }) => variable).join(' and ');
  return `${names} ${missing.length > 1 ? 'are' : 'is'} not installed. ${command ? `Install with "${command}"` : 'Install with your package manager'}, or set ${variables} to servers of yours, or use "docker compose up".`;
}

function commandFor(
  missing: readonly SystemProgram[],
  { platform, has }: { platform: string; has: (program: string) => boolean },
): string | null {
  if (platform === 'darwin' || has('brew'))
    return `brew install ${missing.map(({ packages }) => packages.brew).join(' ')}`;
  if (has('apt-get')) return `sudo apt-get install ${missing.map(({ packages }) => packages.apt).join(' ')}`;
  if (has('dnf')) return `sudo dnf install ${missing.map(({ packages }) => packages.dnf).join(' ')}`;
  return null;
}

const isRootOnDebian = (): boolean =>
  process.getuid?.() === 0 && findOnPath('apt-get') !== null && existsSync('/etc/debian_version');

async function installWithApt(packages: readonly string[], progress: Progress): Promise<void> {
  progress(`apt-get install ${packages.join(' ')} (once; they are started privately, not as system services)`);
  const release = keepServicesFromStarting();
  try {
    const install = ['-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'install', ...packages];
    const first = await apt(install, progress);
    if (first.code === 0) return;
    progress('apt-get update');
    await apt(['-o', 'DPkg::Lock::Timeout=120', 'update'], progress);
    const second = await apt(install, progress);
    if (second.code !== 0)
      throw new StackFault(
        `apt-get install ${packages.join(' ')} failed:\n${second.output
          .trimEnd()
          .split('\n')
          .slice(-8)
          .map((line) => `    ${line}`)
          .join('\n')}`,
      );
  } finally {
    release();
  }
}

const policyFile = '/usr/sbin/policy-rc.d';
const policy = '#!/bin/sh\n# storefront: packages being installed must not start system services\nexit 101\n';

/** Debian asks this file whether a package may start its service. One that is there already is left as it is. */
function keepServicesFromStarting(): () => void {
  if (existsSync(policyFile)) return () => undefined;
  writeFileSync(policyFile, policy, { mode: 0o755 });
  return () => {
    if (existsSync(policyFile) && readFileSync(policyFile, 'utf8') === policy) rmSync(policyFile);
  };
}

function apt(parameters: readonly string[], progress: Progress): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', parameters, {
      env: packageManagerEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    let shownAt = performance.now();
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-16_384);
      if (performance.now() - shownAt < 2_000) return;
      shownAt = performance.now();
      progress(`apt-get: ${output.trimEnd().split('\n').at(-1)?.slice(0, 100)}`);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

function raise(error: Error): never {
  throw error;
}
