import { choiceOf } from '@storefront/platform/process/command-line.ts';
import { z } from 'zod';
import type { Progress } from '../fault.ts';
import { StackFault } from '../fault.ts';
import { serviceNames } from '../services.ts';
import { readStackRecord } from '../state-folder.ts';

/** What one service's instances may take all together. */
const timeoutMs = 10 * 60_000;
const refusal = z.object({ detail: z.string() });

/** Replaces the instances of a service, or of `all`, one after the other. Resolves to what happened. @throws StackFault */
export async function roll(state: string, name: string | undefined, progress: Progress): Promise<string> {
  const which = choiceOf('NAME', name ?? '', [...serviceNames, 'all']);
  const chosen = serviceNames.filter((one) => which === 'all' || one === which);
  const control = readStackRecord(state)?.description?.control;
  if (!control) throw new StackFault(`no stack runs on ${state}`);
  const inOrder = chosen.toSorted((a, b) => Number(a === 'gateway') - Number(b === 'gateway'));
  for (const one of inOrder) {
    progress(`${one}: a new one, then the old one drains`);
    const response = await fetch(`${control.url}/roll/${one}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${control.token}` },
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(() => {
      throw new StackFault(`the launcher of ${state} does not answer`);
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new StackFault(refusal.safeParse(answer).data?.detail ?? `${one} could not be replaced`);
  }
  return `rolled: ${inOrder.join(', ')}`;
}
