/**
 * Starts the whole graph on this machine: servers, then databases and roles, then services, then a sign-in through the
 * gateway. It ends in the opposite order, and the state folder's record of every process makes sure that it ends.
 */
import { allOrNone } from './all-or-none.ts';
import type { NamedServers } from './config.ts';
import { type ControlAddress, openControl } from './control.ts';
import type { Account, GatewayAddresses, StackDescription } from './description.ts';
import type { Progress } from './fault.ts';
import type { Fleet, Instance } from './fleet.ts';
import { createFleet, labelOf } from './fleet.ts';
import { refuseUnlessOurs } from './named-database.ts';
import { createPorts } from './ports.ts';
import { planInstances } from './plan-instances.ts';
import type { Secrets } from './secrets.ts';
import { secretsOf } from './secrets.ts';
import type { Ports } from './servers/server.ts';
import type { Servers } from './servers/start-servers.ts';
import { startServers } from './servers/start-servers.ts';
import type { ServiceName } from './services.ts';
import { backendsOf, provisionDatabases, serviceNames } from './services.ts';
import { signIn } from './sign-in.ts';
import type { StateFolder } from './state-folder.ts';
import { openStateFolder } from './state-folder.ts';

/** How to start. `replicas`: instances of each service, or of the named ones (default 1). `environment` goes to every service. */
export type StackOptions = {
  readonly state: string;
  readonly ports?: 'standard' | 'free';
  readonly replicas?: number | Partial<Readonly<Record<ServiceName, number>>>;
  readonly named?: NamedServers;
  readonly environment?: NodeJS.ProcessEnv;
  readonly restartsCrashed?: boolean;
  /** The servers' data need not last: they start and end faster. For tests. */
  readonly isThrowaway?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
};

/** A stack that runs until `close`. `stop`, `kill` and `start` act on one instance of a service, counted from 0. */
export type RunningStack = Omit<StackDescription, 'gateway'> &
  Omit<Fleet, 'close'> & {
    readonly gateway: GatewayAddresses;
    readonly description: StackDescription;
    close(): Promise<void>;
  };

/** Servers that run until `close`, without any service. */
export type RunningServers = { readonly description: StackDescription; close(): Promise<void> };

type Ground = {
  readonly folder: StateFolder;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly servers: Servers;
  readonly progress: Progress;
};

/**
 * Starts servers and services and returns once all are ready and the accounts are signed in.
 * @throws StackFault with the cause; what had started is ended by then
 */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  return withGround(options, async (ground) => {
    const { folder, progress } = ground;
    const control = await openControl(progress);
    const { fleet, instances } = await startServices({ ...ground, control }, options).catch(async (error: unknown) => {
      await control.close();
      throw error;
    });
    try {
      control.attach(fleet);
      const gateway = gatewayAddresses(instances);
      const accounts = await Promise.all(
        ground.secrets.accounts.map((account) => signIn(gateway.graphql, account, options.signal)),
      );
      const { url, token } = control;
      const description = { ...describe(ground, instances, accounts), control: { url, token } };
      folder.ready(description);
      control.onMoved(() =>
        folder.ready({ ...describe(ground, fleet.instances(), accounts), control: { url, token } }),
      );
      progress('ready');
      const close = async () => {
        await control.close();
        fleet.close();
        await folder.release();
      };
      return { ...description, ...fleet, gateway, description, close };
    } catch (error) {
      await control.close();
      fleet.close();
      throw error;
    }
  });
}

/** Starts the servers alone, for services that are started by hand. @throws StackFault with the cause */
export async function startServersOnly(options: StackOptions): Promise<RunningServers> {
  return withGround(options, async (ground) => {
    const description = describe(
      ground,
      [],
      ground.secrets.accounts.map(({ email, password, role }) => ({ email, password, role, token: null })),
    );
    ground.folder.ready(description);
    return { description, close: () => ground.folder.release() };
  });
}

async function withGround<Result>(options: StackOptions, use: (ground: Ground) => Promise<Result>): Promise<Result> {
  const { state, progress = () => undefined, signal, isThrowaway = false } = options;
  const folder = await openStateFolder(state, progress);
  try {
    const secrets = await secretsOf(state);
    const ports = createPorts(options.ports ?? 'standard', progress);
    const servers = await startServers(options.named ?? {}, {
      state,
      ports,
      secrets: secrets.servers,
      progress,
      started: (record) => folder.started({ ...record, isThrowaway }),
      isThrowaway,
      ...(signal ? { signal } : {}),
    });
    signal?.throwIfAborted();
    return await use({ folder, ports, secrets, servers, progress });
  } catch (error) {
    await folder.release();
    throw error;
  }
}

async function startServices(
  { folder, ports, secrets, servers, progress, control }: Ground & { readonly control: ControlAddress },
  options: StackOptions,
): Promise<{ fleet: Fleet; instances: readonly Instance[] }> {
  if (!servers.postgres.isPrivate) await refuseUnlessOurs(servers.postgres.url, secrets.databasePasswords);
  const databases = await provisionDatabases(servers.postgres.url, secrets.databasePasswords);
  const backends = backendsOf(servers, databases);
  const instances = await planInstances({ folder, ports, control }, { backends, secrets, replicas: options.replicas });
  const { signal, environment = {}, restartsCrashed = false } = options;
  const fleet = createFleet(instances, {
    state: folder.folder,
    progress,
    restartsCrashed,
    environment,
    started: folder.started,
    freePort: (label) => createPorts('free', progress).choose(label, 0),
  });
  const startedAt = performance.now();
  await allOrNone(
    signal,
    instances.map(({ name, index, port }) => async (stop: AbortSignal) => {
      await fleet.start(name, index, stop);
      progress(
        `${labelOf({ name, index })}: ready at port ${port} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`,
      );
    }),
  ).catch((error: unknown) => {
    fleet.close(); // nobody starts what ends now again
    throw error;
  });
  return { fleet, instances };
}

const urlsOf = (instances: readonly Instance[], name: ServiceName): string[] =>
  instances.filter((one) => one.name === name).map(({ port }) => `http://127.0.0.1:${port}`);

function gatewayAddresses(instances: readonly Instance[]): GatewayAddresses {
  const [http = ''] = urlsOf(instances, 'gateway');
  const configuration = instances.find(({ name }) => name === 'gateway')?.configuration;
  return {
    http,
    graphql: `${http}/graphql`,
    websocket: `${http.replace('http', 'ws')}/graphql`,
    metrics: `http://127.0.0.1:${configuration?.['METRICS_PORT']}/metrics`,
  };
}

function describe(
  { folder, servers }: Ground,
  instances: readonly Instance[],
  accounts: readonly Account[],
): StackDescription {
  const urls = Object.fromEntries(
    serviceNames.map((name) => [name, urlsOf(instances, name)] as const).filter(([, all]) => all.length > 0),
  );
  const { gateway: gateways, ...subgraphs } = urls;
  return {
    gateway: gateways ? gatewayAddresses(instances) : null,
    services: Object.fromEntries(Object.entries(subgraphs).map(([name, [first = '']]) => [name, first])),
    servers: {
      postgres: servers.postgres.url,
      redis: servers.redis.url,
      rabbitmq: servers.rabbitmq.url,
      rabbitmqManagement: servers.rabbitmq.managementUrl,
      consul: servers.consul.url,
    },
    accounts,
    state: folder.folder,
    ...(Object.values(urls).some((all) => all.length > 1) ? { replicas: urls } : {}),
  };
}
