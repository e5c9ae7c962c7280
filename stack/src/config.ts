import { delimiter, join } from 'node:path';
import { optionalUrl } from './optional-url.ts';

/** The servers that the environment names. A missing one means: start a private one. */
export type NamedServers = {
  readonly postgres?: string;
  readonly redis?: string;
  readonly rabbitmq?: string;
  readonly rabbitmqManagement?: string;
  readonly consul?: string;
};

/** The repository's root. */
export const repository: string = join(import.meta.dirname, '..', '..');

/** The state folder of those who name none. */
export const defaultState: string = join(repository, '.state', 'local');

/** What to type for a command of the launcher that acts on a state folder. */
export const npmCommand = (command: 'down' | 'status' | 'logs', state: string): string =>
  `npm run ${command}${state === defaultState ? '' : ` -- --state ${state}`}`;

/**
 * Reads which servers to use from DATABASE_URL, REDIS_URL, RABBITMQ_URL, RABBITMQ_MANAGEMENT_URL and CONSUL_URL.
 * @throws StackFault naming the variable that is not a URL of its kind
 */
export function readNamedServers(environment: NodeJS.ProcessEnv): NamedServers {
  return {
    ...optionalUrl('postgres', 'DATABASE_URL', environment, ['postgres:', 'postgresql:']),
    ...optionalUrl('redis', 'REDIS_URL', environment, ['redis:', 'rediss:']),
    ...optionalUrl('rabbitmq', 'RABBITMQ_URL', environment, ['amqp:', 'amqps:']),
    ...optionalUrl('rabbitmqManagement', 'RABBITMQ_MANAGEMENT_URL', environment, ['http:', 'https:']),
    ...optionalUrl('consul', 'CONSUL_URL', environment, ['http:', 'https:']),
  };
}

/** The folders in which programs are looked for. */
export const searchPath = (): string => process.env['PATH'] ?? '';

/** The environment of a server: PATH, a locale, and what is given; nothing of the caller's that could change how it works. */
export const bareEnvironment = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: searchPath(),
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  ...extra,
});

/** True when the stack shall run with the settings of production (NODE_ENV=production). */
export const isProduction = (): boolean => process.env['NODE_ENV'] === 'production';

/**
 * The environment of a service: this process's own, the repository's programs first on PATH, and what is given. NODE_ENV is
 * development unless it says production. What belongs to this process alone (NODE_OPTIONS, a test runner's marks) stays here.
 */
export function serviceEnvironment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, NODE_ENV, ...inherited } = process.env;
  const path = [join(repository, 'node_modules', '.bin'), searchPath()].join(delimiter);
  return {
    ...inherited,
    NODE_ENV: NODE_ENV === 'production' ? NODE_ENV : 'development',
    PATH: path,
    NODE_NO_WARNINGS: '1',
    ...extra,
  };
}

/** The environment of a package manager: it asks nothing, restarts nothing, and uses the proxies that this process is told of. */
export function packageManagerEnvironment(): NodeJS.ProcessEnv {
  const proxies = Object.entries(process.env).filter(([name]) => /^(?:https?|ftp|no|all)_proxy$/i.test(name));
  return bareEnvironment({
    ...Object.fromEntries(proxies),
    HOME: '/root',
    DEBIAN_FRONTEND: 'noninteractive',
    NEEDRESTART_MODE: 'l',
  });
}

/** True when all servers for tests are named by the environment already. */
export const hasTestServers = (environment: NodeJS.ProcessEnv): boolean => Boolean(environment['TEST_POSTGRES_URL']);
