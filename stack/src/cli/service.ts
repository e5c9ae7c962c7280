import { spawn } from 'node:child_process';
import { choiceOf, parseCommandLine } from '@storefront/platform/process/command-line.ts';
import { npmCommand, repository, serviceEnvironment } from '../config.ts';
import { type Progress, StackFault } from '../fault.ts';
import { createPorts } from '../ports.ts';
import { isRunning } from '../processes/process-record.ts';
import { secretsOf } from '../secrets.ts';
import {
  type ServiceName,
  configurationOf,
  documentedPorts,
  entryOf,
  nodeOptionsOf,
  provisionDatabases,
  serviceNames,
} from '../services.ts';
import { readStackRecord } from '../state-folder.ts';
import { stateOption } from './arguments.ts';

const command = {
  usage: 'npm run service -- NAME',
  does: 'Starts one more instance of a service beside a stack that runs, until Ctrl-C. Its log comes here.',
  options: { state: stateOption },
  words: { least: 1, most: 1 },
  more: `NAME is one of ${serviceNames.join(', ')}. The graph finds it by itself.`,
} as const;

/**
 * Runs one instance here, on the servers of the stack of a state folder, until it ends or `gone` says so. Returns its exit code.
 * @throws CommandLineFault for a name that no service has, StackFault for a stack that does not run
 */
export async function runOneService(
  words: readonly string[],
  { progress, print, gone }: { readonly progress: Progress; readonly print: Progress; readonly gone: AbortSignal },
): Promise<number> {
  const asked = parseCommandLine(words, command);
  if ('help' in asked) {
    print(asked.help.trimEnd());
    return 0;
  }
  const name = choiceOf('NAME', asked.words[0] ?? '', serviceNames);
  const { state } = asked.options;
  const port = await createPorts('standard', progress).choose(name, documentedPorts[name]);
  const configuration = configurationOf(name, port, await groundOf(state));
  progress(`${name} listens at port ${port}; Ctrl-C ends it`);
  return runHere(name, configuration, gone);
}

/** The servers of a stack that runs, where each subgraph has its schema and role. */
async function groundOf(state: string) {
  const record = readStackRecord(state);
  if (!record?.description || !isRunning(record.launcher))
    throw new StackFault(
      `no stack runs on ${state}: start one with "npm start" (see "${npmCommand('status', state)}")`,
    );
  const { postgres, rabbitmq, rabbitmqManagement, redis, consul } = record.description.servers;
  const secrets = await secretsOf(state);
  const databases = await provisionDatabases(postgres, secrets.databasePasswords);
  return { backends: { databases, rabbitmq, rabbitmqManagement, redis, consul }, secrets };
}

/** A Ctrl-C in the terminal reaches the service by itself; what comes to this process alone is passed on. */
function runHere(name: ServiceName, configuration: NodeJS.ProcessEnv, gone: AbortSignal): Promise<number> {
  const environment = serviceEnvironment(configuration);
  const child = spawn(process.execPath, [...nodeOptionsOf(name), entryOf(name)], {
    cwd: repository,
    env: environment,
    stdio: 'inherit',
  });
  const end = () => void child.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  gone.addEventListener('abort', end, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
