import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';

/** Something that the demo claims and that did not come true. */
export class Unshown extends Error {
  override readonly name = 'Unshown';
}

/** Where the story is told. */
export type Stage = {
  /** A step: its number, its title, and what it is about. Waits for the reader first, when there is one. */
  step(title: string, text: string): Promise<void>;
  /** Something that the reader could type themselves. */
  command(line: string): void;
  /** What came back, a few lines of it. */
  show(lines: readonly string[]): void;
  /** Something that has come true. @throws Unshown when it has not */
  claim(isTrue: boolean, text: string): void;
};

/** How it is told: `isPaced` waits for Enter before each step, `isPlain` leaves colours out. */
export type StageOptions = {
  readonly write: (text: string) => void;
  readonly isPaced: boolean;
  readonly isPlain: boolean;
};

const widthOfText = 92;

/** Opens a stage on a terminal. */
export function openStage({ write, isPaced, isPlain }: StageOptions): Stage {
  let count = 0;
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    isPlain ? text : styleText(style, text, { validateStream: false });
  return {
    async step(title, text) {
      if (isPaced && count > 0) await enter(paint('dim', '\n  Enter goes on '));
      count += 1;
      write(`\n${paint(['bold', 'cyan'], `${String(count).padStart(2)}  ${title}`)}\n`);
      for (const line of wrap(text)) write(`    ${line}\n`);
    },
    command: (line) => write(`\n    ${paint('yellow', '$')} ${paint('bold', line)}\n`),
    show(lines) {
      for (const line of lines) write(`      ${paint('dim', '│')} ${line}\n`);
    },
    claim(isTrue, text) {
      write(`    ${isTrue ? paint('green', '✓') : paint('red', '✗')} ${text}\n`);
      if (!isTrue) throw new Unshown(text);
    },
  };
}

async function enter(prompt: string): Promise<void> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  await reader.question(prompt);
  reader.close();
}

/** Lines of at most so many characters. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < widthOfText) lines.splice(-1, 1, `${last} ${word}`);
    else lines.push(word);
  }
  return lines;
}

/** A bar of a waterfall, of `width` characters. */
export function bar({ from, to, whole }: { from: number; to: number; whole: number }, width = 36): string {
  const at = (ms: number) => Math.min(width, Math.round((ms / Math.max(whole, 1)) * width));
  const start = Math.min(at(from), width - 1);
  const length = Math.max(1, at(to) - start);
  return `${'·'.repeat(start)}${'█'.repeat(length)}${'·'.repeat(Math.max(0, width - start - length))}`;
}
