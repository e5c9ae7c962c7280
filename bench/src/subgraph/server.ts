import type { JSONWebKeySet } from 'jose';
import { subgraphServers } from './servers.ts';

const [name, keys = ''] = process.argv.slice(2);
const chosen = subgraphServers.find((server) => server.name === name);
if (!chosen) throw new Error(`there is no server ${name ?? ''}`);
const url = await chosen.serve(JSON.parse(keys) as JSONWebKeySet);
process.stdout.write(`listening ${url}/graphql\n`);
