import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { searchPath } from '../config.ts';

/** The path of a program that can be run, looked for in the folders given first and then on PATH; null when there is none. */
export function findOnPath(
  program: string,
  { path = searchPath(), alsoIn = [] }: { path?: string; alsoIn?: readonly string[] } = {},
): string | null {
  for (const folder of [...alsoIn, ...path.split(delimiter)]) {
    const file = join(folder, program);
    if (folder !== '' && isProgram(file)) return file;
  }
  return null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not for us
  }
}
