import { z } from 'zod';
import { StackFault, textOf } from './fault.ts';

const readyShape = z.object({
  pid: z.number().optional(),
  supervisor: z.number().optional(),
  checks: z.record(z.string(), z.object({ status: z.string(), error: z.string().optional() })),
});

/**
 * Resolves when the service says that it is ready; with `pid`, only when it is that process which says so, or a worker of it: two may share a port.
 * @throws StackFault with what it waits for
 */
export async function askReadiness(url: string, pid?: number): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_500), headers: { connection: 'close' } }).catch(
    (error: unknown) => {
      throw new StackFault(textOf(error).includes('ECONNREFUSED') ? 'not listening yet' : `/ready: ${textOf(error)}`);
    },
  );
  const text = await response.text();
  const { pid: own, supervisor } = readyShape.safeParse(jsonOf(text)).data ?? {};
  const isOther = own !== undefined && own !== pid && supervisor !== pid;
  if (pid !== undefined && isOther) throw new StackFault('not listening yet');
  if (!response.ok) throw new StackFault(waitsFor(text) ?? `/ready answers ${response.status} ${text.slice(0, 200)}`);
}

/** The checks that are down, each with its reason; null when the answer is not that of a service of ours. */
function waitsFor(text: string): string | null {
  const parsed = readyShape.safeParse(jsonOf(text));
  if (!parsed.success) return null;
  const down = Object.entries(parsed.data.checks).filter(([, check]) => check.status !== 'up');
  return down.length === 0 ? null : down.map(([name, { error = 'down' }]) => `${name}: ${error}`).join('; ');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not JSON, so not ours
  }
}
