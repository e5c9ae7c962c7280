import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const maxBytes = 64 * 1_024;

/**
 * What a process that failed has to say, for a message: the reason in its last fatal log line when it wrote one, else the
 * last lines, indented. `from`: where its part of the log begins, in bytes. Null when it wrote nothing.
 */
export function lastWords(logFile: string, { from = 0, count = 12 }: { from?: number; count?: number } = {}) {
  const lines = endOf(logFile, from)
    .split('\n')
    .filter((line) => line !== '');
  const reason = lines.map(fatalMessage).findLast((message) => message !== null);
  if (reason) return { reason, lines: '' };
  if (lines.length === 0) return null;
  const shown = lines.slice(-count).map((line) => `    ${line.slice(0, 400)}`);
  return { reason: null, lines: shown.join('\n') };
}

/** The same as the end of a sentence: `: reason. Log: FILE`, or the log's end on lines of its own. */
export function describeLastWords(logFile: string, options: { from?: number; count?: number } = {}): string {
  const words = lastWords(logFile, options);
  if (words === null) return `, without a word in ${logFile}`;
  return words.reason === null
    ? `. The end of ${logFile}:\n${words.lines}`
    : `:\n    ${words.reason.replaceAll('\n', '\n    ')}\n    Log: ${logFile}`;
}

function fatalMessage(line: string): string | null {
  if (!line.startsWith('{"level":"fatal"')) return null;
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === 'string' ? msg : null;
  } catch {
    return null; // cut off
  }
}

function endOf(logFile: string, from: number): string {
  let file: number | undefined;
  try {
    file = openSync(logFile, 'r');
    const { size } = fstatSync(file);
    const start = Math.max(Math.min(from, size), size - maxBytes);
    const buffer = Buffer.alloc(size - start);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start));
  } catch {
    return ''; // the process may have ended before it wrote anything
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
