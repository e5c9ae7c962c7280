import { isDeepStrictEqual } from 'node:util';
import { defaultHeaders } from './load/run-wrk.ts';

const timeoutMs = 20_000;

/** Asks a gateway for one body; resolves with the JSON of its answer. @throws Error when it does not answer in JSON */
export async function ask(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = defaultHeaders,
): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  return response.json();
}

/** The answers to some of the bodies, at most 60 of them. */
export async function askAll(url: string, bodies: readonly string[]): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const body of bodies.slice(0, 60)) answers.push(await ask(url, body));
  return answers;
}

/** Waits until a gateway answers `{ __typename }` to nobody. @throws Error when `isAlive` turns false, or after 60 s */
export async function waitUntilItAnswers(url: string, isAlive: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    if (!isAlive()) throw new Error('it ended at its start');
    const answer = await ask(url, '{"query":"{ __typename }"}', {}).catch(() => null);
    if (isDeepStrictEqual(answer, { data: { __typename: 'Query' } })) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it gave no answer within a minute');
}
