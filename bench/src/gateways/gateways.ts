import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeOptionsOf } from '@storefront/stack/src/services.ts';
import { subgraphNames, subgraphSdls, type SubgraphUrls } from '../subgraphs/graph.ts';

/** Where things are that a gateway needs to start. */
export interface Place {
  readonly supergraphPath: string;
  readonly urls: SubgraphUrls;
  readonly port: number;
  /** A folder to write settings into. */
  readonly folder: string;
}

/** How a gateway is started; `usesAllCores` when one core is not what it is given. */
export interface Launch {
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly usesAllCores?: boolean;
}

/** One gateway of the bench. */
export interface Gateway {
  readonly name: string;
  readonly title: string;
  /** Whether it comes from bench/peers. */
  readonly isPeer: boolean;
  /** Workloads that it does not run, and why, in words for the table. */
  readonly leavesOut?: Readonly<Record<string, string>>;
  launch(place: Place): Promise<Launch>;
}

const root = join(import.meta.dirname, '../../..');
/** The folder of the peers, with a package.json of its own. */
export const peersFolder = join(root, 'bench/peers');
const node = process.execPath;

/** Limits are looked at, and never reached. */
const wideLimits = {
  LIMIT_DEPTH: '30',
  LIMIT_COST: '1000000000',
  RATE_LIMIT_PER_MINUTE: '1000000000',
  RATE_LIMIT_BURST: '1000000000',
};

/** The gateways, in the order of the table; the first is what the others are compared with. */
export const gateways: readonly Gateway[] = [
  {
    name: 'stock',
    title: 'Apollo Server + @apollo/gateway',
    isPeer: false,
    launch: async ({ supergraphPath, port }) => ({
      command: [node, join(import.meta.dirname, 'stock.ts')],
      environment: { SUPERGRAPH_PATH: supergraphPath, PORT: String(port) },
    }),
  },
  ours('ours-bare', 'ours, no sharing, no memo', { SHARE_FETCHES: 'false', MEMO_BYTES: '0' }),
  ours('ours-shared', 'ours, sharing, no memo', { MEMO_BYTES: '0' }),
  ours('ours', 'ours, as it comes', {}),
  ours('ours-front', 'ours, with its limits', { ...wideLimits, LIMITS: 'on' }),
  hive('hive', 'Hive Gateway', {}),
  hive('hive-router', 'Hive Gateway, router-runtime', { HIVE_RUNTIME: 'router' }),
  {
    name: 'mercurius',
    title: 'Mercurius gateway (Federation 1)',
    isPeer: true,
    leavesOut: { mixed: 'left out: it answers a part of these operations otherwise' },
    async launch({ urls, port, folder }) {
      const path = join(folder, 'mercurius-services.json');
      const services = subgraphNames.map((name) => ({ name, url: urls[name], schema: subgraphSdls[name] }));
      await writeFile(path, JSON.stringify(services));
      return {
        command: [node, 'mercurius.mjs'],
        folder: peersFolder,
        environment: { PORT: String(port), SERVICES_PATH: path },
      };
    },
  },
  {
    name: 'grafbase',
    title: 'Grafbase (native)',
    isPeer: true,
    async launch({ urls, port, folder }) {
      const binary = join(peersFolder, 'node_modules/@grafbase/cli-x86_64-unknown-linux-musl/grafbase');
      if (!existsSync(binary)) throw new Error('there is no Grafbase for this kind of machine');
      const path = join(folder, 'grafbase.toml');
      await writeFile(path, await writeGrafbaseSettings(urls, folder));
      return { command: [binary, 'dev', '--config', path, '--port', String(port)], folder };
    },
  },
];

/**
 * This gateway with more in its environment, as `npm run gateway` starts it. Nothing is authenticated or limited unless
 * `environment` says so, since the others do neither.
 */
export function ours(
  name: string,
  title: string,
  environment: Readonly<Record<string, string>>,
  usesAllCores = false,
): Gateway {
  return {
    name,
    title,
    isPeer: false,
    launch: async ({ supergraphPath, port }) => ({
      command: [node, ...nodeOptionsOf('gateway'), 'supergraph/src/main.ts'],
      folder: root,
      usesAllCores,
      environment: {
        SUPERGRAPH_PATH: supergraphPath,
        PORT: String(port),
        AUTH: 'off',
        LIMITS: 'off',
        LOG_LEVEL: 'warn',
        ...environment,
      },
    }),
  };
}

function hive(name: string, title: string, environment: Readonly<Record<string, string>>): Gateway {
  return {
    name,
    title,
    isPeer: true,
    launch: async ({ supergraphPath, port }) => ({
      command: [
        node,
        'node_modules/@graphql-hive/gateway/dist/bin.js',
        'supergraph',
        supergraphPath,
        '--host=127.0.0.1',
        `--port=${port}`,
        '--config-path=hive.config.mjs',
      ],
      folder: peersFolder,
      environment,
    }),
  };
}

async function writeGrafbaseSettings(urls: SubgraphUrls, folder: string): Promise<string> {
  const parts = subgraphNames.map(async (name) => {
    const schemaPath = join(folder, `${name}.graphql`);
    await writeFile(schemaPath, subgraphSdls[name]);
    return `[subgraphs.${name}]\nurl = "${urls[name]}"\nschema_path = "${schemaPath}"\n`;
  });
  const headers = '[[headers]]\nrule = "forward"\nname = "authorization"\n';
  return [...(await Promise.all(parts)), headers].join('\n');
}
