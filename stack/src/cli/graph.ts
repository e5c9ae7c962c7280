import { gunzipSync } from 'node:zlib';
import { createDiscovery, type Discovery, type KeyEntry } from '@storefront/platform/discovery/discovery.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { choiceOf, CommandLineFault, parseCommandLine, text } from '@storefront/platform/process/command-line.ts';
import { z } from 'zod';
import { readNamedServers } from '../config.ts';
import { StackFault } from '../fault.ts';
import { readStackRecord } from '../state-folder.ts';
import { stateOption } from './arguments.ts';

/** What can be done, with the number of words that it takes. */
const actions = { shares: 0, share: 2, retired: 0, retire: 1, readmit: 1 } as const;
type Action = keyof typeof actions;
const actionNames = Object.keys(actions) as readonly Action[];

const command = {
  usage: 'npm run graph -- shares | share LABEL PERCENT | retired | retire NAME | readmit NAME',
  does: 'Says to all gateways, through Consul, what only an operator can know.',
  options: {
    prefix: text('PREFIX', "what the gateways' keys begin with, their CONSUL_KEY_PREFIX", 'storefront/'),
    state: stateOption,
  },
  words: { least: 1, most: 3 },
  more: `shares                the labels of @override(label: "percent(N)") in the graph, with their shares now
share LABEL PERCENT   how many of a hundred requests take what LABEL moves from where it moves to; "declared" for what it says itself
retired               the subgraphs that are taken out for good
retire NAME           drops a subgraph from the graph once it has left Consul
readmit NAME          takes that back

CONSUL_URL names another Consul than that of the stack.`,
} as const;

const shares = z.record(z.string(), z.number());
const names = z.array(z.string());

/** What is there, and the verbs on it. */
interface Desk {
  readonly keys: Discovery['keys'];
  readonly prefix: string;
}

/**
 * Does what `npm run graph` is asked for, and returns what there is to say. What others write meanwhile is not lost.
 * @throws CommandLineFault; StackFault for what the graph does not have, or a stack that does not run; what Consul says when it does not answer
 */
export async function steerGraph(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const asked = read(words);
  if ('help' in asked) return asked.help;
  const { action, given, state, prefix } = asked;
  const consulUrl = readNamedServers(environment).consul ?? readStackRecord(state)?.description?.servers.consul;
  if (consulUrl === undefined)
    throw new StackFault(`nothing runs on ${state}: start the stack, name another --state, or set CONSUL_URL`);
  const discovery = createDiscovery({ consulUrl, log: createLog({ service: 'stack', level: 'silent' }) });
  try {
    await discovery.isReachable();
    return await act({ keys: discovery.keys, prefix }, action, given);
  } finally {
    discovery.close();
  }
}

async function act(desk: Desk, action: Action, [first = '', second = '']: readonly string[]): Promise<string> {
  switch (action) {
    case 'shares':
      return listShares(desk);
    case 'share':
      return setShare(desk, first, second);
    case 'retired':
      return (await retiredOf(desk)).join('\n') || 'no subgraph is retired';
    case 'retire':
      return retire(desk, first);
    case 'readmit':
      return readmit(desk, first);
    default:
      return action satisfies never;
  }
}

async function listShares(desk: Desk): Promise<string> {
  const now = parse(shares, await desk.keys.get(`${desk.prefix}shares`)) ?? {};
  const labels = new Set([...(await labelsOf(desk)), ...Object.keys(now)]);
  const lines = [...labels].map((label) => `${label}  ${now[label] ?? 'declared'}`);
  return lines.join('\n') || 'nothing in the graph moves by a share';
}

async function setShare(desk: Desk, label: string, given: string): Promise<string> {
  const labels = await labelsOf(desk);
  if (!labels.includes(label)) {
    const known = labels.length === 0 ? 'It has none.' : `It has: ${labels.join(', ')}.`;
    throw new StackFault(`no field of the graph has the label "${label}". ${known}`);
  }
  const share = Number(given);
  const isDeclared = given === 'declared';
  if (!isDeclared && !(/^\d+(\.\d+)?$/.test(given) && share <= 100))
    throw new StackFault(`"${given}" is no share: a number from 0 to 100, or "declared"`);
  await change(desk, 'shares', (entry) => {
    const { [label]: _, ...others } = parse(shares, entry) ?? {};
    return isDeclared ? others : { ...others, [label]: share };
  });
  return `${label}: ${isDeclared ? 'as declared' : `${share} of a hundred requests`}`;
}

async function retire(desk: Desk, name: string): Promise<string> {
  const known = await subgraphsOf(desk);
  if (!known.includes(name))
    throw new StackFault(`the graph has no subgraph "${name}". It has: ${known.join(', ') || 'none yet'}.`);
  await change(desk, 'retired', (entry) => [...new Set([...(parse(names, entry) ?? []), name])]);
  return `${name} is dropped from the graph as soon as no instance of it is registered; if one registers again, it counts again`;
}

async function readmit(desk: Desk, name: string): Promise<string> {
  if (!(await retiredOf(desk)).includes(name)) throw new StackFault(`${name} is not retired`);
  await change(desk, 'retired', (entry) => (parse(names, entry) ?? []).filter((one) => one !== name));
  return `${name} is not retired any more`;
}

const retiredOf = async ({ keys, prefix }: Desk) => parse(names, await keys.get(`${prefix}retired`)) ?? [];

/** Writes what `next` makes of what is there now. @throws StackFault when others write all the time */
async function change({ keys, prefix }: Desk, name: string, next: (entry: KeyEntry | null) => unknown): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const entry = await keys.get(`${prefix}${name}`);
    if (await keys.put(`${prefix}${name}`, JSON.stringify(next(entry)), entry?.index ?? 0)) return;
  }
  throw new StackFault(`others write ${prefix}${name} all the time: try again`);
}

const composed = z.object({ sdl: z.string(), subgraphs: z.array(z.object({ name: z.string() })) });

/** The graph that the gateways agree on; null while there is none. */
async function graphOf({ keys, prefix }: Desk): Promise<z.infer<typeof composed> | null> {
  const value = (await keys.get(`${prefix}supergraph`))?.value;
  if (value === undefined) return null;
  return composed.parse(JSON.parse(gunzipSync(Buffer.from(value, 'base64')).toString('utf8')));
}

async function labelsOf(desk: Desk): Promise<readonly string[]> {
  const found = [...((await graphOf(desk))?.sdl ?? '').matchAll(/overrideLabel: "([^"]+)"/g)];
  return [...new Set(found.map(([, label = '']) => label))].sort();
}

const subgraphsOf = async (desk: Desk) => (await graphOf(desk))?.subgraphs.map(({ name }) => name) ?? [];

/** Undefined when there is nothing, or nothing of that shape. */
function parse<T>(shape: z.ZodType<T>, entry: KeyEntry | null): T | undefined {
  try {
    return shape.safeParse(JSON.parse(entry?.value ?? 'null')).data;
  } catch {
    return undefined;
  }
}

function read(line: readonly string[]) {
  const asked = parseCommandLine(line.length === 0 ? ['--help'] : line, command);
  if ('help' in asked) return asked;
  const [word = '', ...given] = asked.words;
  const action = choiceOf('what graph does', word, actionNames);
  const count = actions[action];
  if (given.length !== count)
    throw new CommandLineFault(`${action} takes ${count} ${count === 1 ? 'word' : 'words'}. See --help.`);
  return { action, given, ...asked.options };
}
