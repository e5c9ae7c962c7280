/**
 * Runs every start at once. When one fails the others' signal aborts, all are waited for, and the first failure is thrown,
 * so that nothing is still starting when the caller cleans up.
 */
export async function allOrNone<const Starts extends readonly ((signal: AbortSignal) => Promise<unknown>)[]>(
  outer: AbortSignal | undefined,
  starts: Starts,
): Promise<{ -readonly [Index in keyof Starts]: Awaited<ReturnType<Starts[Index]>> }> {
  const failed = new AbortController();
  const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal;
  const running = starts.map(async (start) => {
    try {
      return await start(signal);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(running);
  if (failed.signal.aborted) throw failed.signal.reason;
  return Promise.all(running) as Promise<{ -readonly [Index in keyof Starts]: Awaited<ReturnType<Starts[Index]>> }>;
}
