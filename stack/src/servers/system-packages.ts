import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { packageManagerEnvironment } from '../config.ts';
import type { Progress } from '../fault.ts';
import { StackFault } from '../fault.ts';
import { findOnPath } from './programs.ts';

const progressEveryMs = 2_000;

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
    if (!mayInstall()) throw new StackFault(adviceFor(missing));
    const packages = missing.map(({ packages: { apt } }) => apt);
    await installWithApt(packages, progress);
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

/** Root on Debian, or on a system made from it, may install without asking. */
export const mayInstall = (
  system: { userId: number | undefined; isDebian: boolean; has: (program: string) => boolean } = {
    userId: process.getuid?.(),
    isDebian: existsSync('/etc/debian_version'),
    has: (program) => findOnPath(program) !== null,
  },
): boolean => system.userId === 0 && system.isDebian && system.has('apt-get');

/** Runs apt-get with the arguments given. */
export type Apt = (parameters: readonly string[]) => Promise<{ readonly code: number | null; readonly output: string }>;

/**
 * Installs packages with apt; when that fails, brings the package lists up to date first (a bare image has none, an old
 * one names files that are gone). Nothing that is installed starts as a system service.
 * @throws StackFault with the end of what apt-get said
 */
export async function installWithApt(
  packages: readonly string[],
  progress: Progress,
  {
    apt = (parameters) => runApt(parameters, progress),
    policyFile = '/usr/sbin/policy-rc.d',
  }: { apt?: Apt; policyFile?: string } = {},
): Promise<void> {
  progress(`apt-get install ${packages.join(' ')} (once; they are started privately, not as system services)`);
  const release = keepServicesFromStarting(policyFile);
  try {
    if ((await apt([...install, ...packages])).code === 0) return;
    progress('apt-get update');
    const update = await apt([...patiently, 'update']);
    const { code, output } = await apt([...install, ...packages]);
    if (code === 0) return;
    const said = [...(update.code === 0 ? [] : [update.output]), output].map((text) => text.trimEnd()).join('\n');
    throw new StackFault(`apt-get install ${packages.join(' ')} failed:\n${lastLines(said)}`);
  } finally {
    release();
  }
}

const patiently = ['-o', 'DPkg::Lock::Timeout=120'];
const install = [...patiently, '-o', 'Dpkg::Options::=--force-confold', '-y', '--no-install-recommends', 'install'];

const lastLines = (text: string): string =>
  text
    .split('\n')
    .slice(-8)
    .map((line) => `    ${line}`)
    .join('\n');

const policy = '#!/bin/sh\n# storefront: packages being installed must not start system services\nexit 101\n';

/** Debian asks this file whether a package may start its service. Somebody else's is left as it is. Source: invoke-rc.d(8) */
function keepServicesFromStarting(policyFile: string): () => void {
  const isOurs = () => existsSync(policyFile) && readFileSync(policyFile, 'utf8') === policy;
  if (!existsSync(policyFile)) writeFileSync(policyFile, policy, { mode: 0o755 });
  return () => {
    if (isOurs()) rmSync(policyFile); // also one that a start which was killed has left
  };
}

function runApt(parameters: readonly string[], progress: Progress): ReturnType<Apt> {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', parameters, {
      env: packageManagerEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-16_384);
    };
    const startedAt = performance.now();
    const ticker = setInterval(() => {
      const seconds = Math.round((performance.now() - startedAt) / 1_000);
      progress(
        `apt-get: ${seconds} s (${output
          .trimEnd()
          .split(/[\r\n]/)
          .at(-1)
          ?.slice(0, 100)})`,
      );
    }, progressEveryMs);
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
    child.once('close', () => clearInterval(ticker));
  });
}

function raise(error: Error): never {
  throw error;
}
