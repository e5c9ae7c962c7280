import { readNamedServers } from '../config.ts';
import type { StackDescription } from '../description.ts';
import type { Progress } from '../fault.ts';
import { startServersOnly, startStack } from '../start-stack.ts';
import type { Arguments } from './arguments.ts';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What the stack tells while it runs here. */
export type Listener = {
  readonly progress: Progress;
  readonly ready: (description: StackDescription) => void;
  readonly gone?: AbortSignal;
};

/**
 * Runs a stack in this process until SIGINT, SIGTERM or SIGHUP (or `gone`), then ends it in order and resolves. A second
 * signal changes nothing: ending has deadlines of its own. @throws StackFault when it cannot start
 */
export async function runHere(asked: Arguments, environment: NodeJS.ProcessEnv, listener: Listener): Promise<void> {
  const ended = new AbortController();
  const end = () => {
    if (!ended.signal.aborted) listener.progress('stopping');
    ended.abort(new Stopped('stopped'));
  };
  for (const signal of endingSignals) process.on(signal, end);
  listener.gone?.addEventListener('abort', end, { once: true });
  try {
    const { state, ports, replicas } = asked;
    const options = {
      state,
      ports,
      replicas,
      named: readNamedServers(environment),
      restartsCrashed: true,
      signal: ended.signal,
      progress: listener.progress,
    };
    const stack = await (asked.isServersOnly || asked.command === 'servers'
      ? startServersOnly(options)
      : startStack(options));
    listener.ready(stack.description);
    if (!ended.signal.aborted)
      await new Promise((resolve) => ended.signal.addEventListener('abort', resolve, { once: true }));
    await stack.close();
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    for (const signal of endingSignals) process.off(signal, end);
  }
  listener.progress('stopped');
}

class Stopped extends Error {}
