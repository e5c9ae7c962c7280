import { join } from 'node:path';
import { flag, parseCommandLine } from '@storefront/platform/process/command-line.ts';
import { defaultState, readNamedServers, repository } from '../config.ts';
import { openStage, Unshown } from '../demo/stage.ts';
import { tellStory } from '../demo/story.ts';
import type { StackDescription } from '../description.ts';
import { type Progress, textOf } from '../fault.ts';
import { isRunning } from '../processes/process-record.ts';
import { startStack } from '../start-stack.ts';
import { readStackRecord } from '../state-folder.ts';
import { stateOption } from './arguments.ts';

const command = {
  usage: 'npm run demo',
  does: 'Tells the story of the graph in five minutes, on the stack that runs, or on one of its own when none does.',
  options: {
    fast: flag('do not wait for Enter between the steps; so it is when nobody sits at a terminal'),
    yes: flag('the same', 'y'),
    state: stateOption,
  },
  more: 'Exit code 1 when a step does not show what it claims.',
} as const;

/** What the demo needs from the command line. */
export type DemoTerminal = {
  readonly progress: Progress;
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
};

/** Tells the story and returns the exit code. @throws CommandLineFault; StackFault when no stack can be had */
export async function demo(words: readonly string[], terminal: DemoTerminal): Promise<number> {
  const asked = parseCommandLine(words, command);
  const { write, progress, isTerminal, environment } = terminal;
  if ('help' in asked) {
    write(asked.help);
    return 0;
  }
  const { fast, yes, state } = asked.options;
  const isPlain = !isTerminal || Boolean(environment['NO_COLOR']);
  const stage = openStage({ write, isPaced: isTerminal && !fast && !yes, isPlain });
  const stack = await stackFor(state, terminal);
  try {
    await tellStory(stage, stack.description);
    write('\nThat was all of it. See it move: npm start, then /console\n');
    return 0;
  } catch (error) {
    progress(error instanceof Unshown ? `not shown: ${error.message}` : textOf(error));
    return 1;
  } finally {
    await stack.close();
  }
}

/** The stack that runs in the folder, or one of the demo's own beside it, which ends with the demo. */
async function stackFor(
  state: string,
  { progress, environment, signal }: DemoTerminal,
): Promise<{ readonly description: StackDescription; close(): Promise<void> }> {
  const record = readStackRecord(state);
  if (record?.description?.gateway && record.description.control && isRunning(record.launcher))
    return { description: record.description, close: async () => undefined };
  const own = state === defaultState ? join(repository, '.state', 'demo') : state;
  progress('no stack runs: starting one for the demo');
  return startStack({
    state: own,
    ports: 'free',
    isThrowaway: true,
    named: readNamedServers(environment),
    progress,
    signal,
  });
}
