import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { codeOf } from '../errors/is-error.ts';

/** Environment values that a service cannot start with. `faults` has one line for each, naming the variable, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the environment is not right:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = Object.freeze([...faults]);
  }
}

/** The levels of a log, the gravest first. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Environment variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables that `shape` names, once, and freezes the result. An empty value counts as unset. `NAME_FILE` may
 * name a file whose trimmed content is the value of NAME (as Docker's secrets are handed over); NAME itself wins.
 * @throws ConfigError that lists every fault at once
 */
export function readConfig<S extends z.ZodRawShape>(
  shape: S,
  environment: Environment,
): Readonly<z.infer<z.ZodObject<S>>> {
  const values: Record<string, string> = {};
  const unreadable = new Map<string, string>();
  for (const name of Object.keys(shape)) {
    const value = readValue(name, environment, unreadable);
    if (value !== undefined) values[name] = value;
  }
  const result = z.object(shape).safeParse(values);
  if (result.success && unreadable.size === 0) return Object.freeze(result.data);
  const refused = (result.error?.issues ?? []).map((issue) => describeIssue(issue, values));
  const faults = refused.filter(({ name }) => !unreadable.has(name)).map(({ name, text }) => `${name}: ${text}`);
  throw new ConfigError([...unreadable.values(), ...faults]);
}

/** The environment of this process, for what every service needs before it reads its own configuration. */
export function processEnvironment(): Environment {
  return process.env;
}

/** The level to log with before a service has read its own configuration: LOG_LEVEL when it is a level, else `info`. */
export function processLogLevel(): string {
  const level = process.env.LOG_LEVEL?.trim() ?? '';
  return logLevels.some((known) => known === level) ? level : 'info';
}

function readValue(name: string, environment: Environment, unreadable: Map<string, string>): string | undefined {
  const direct = environment[name]?.trim();
  if (direct) return direct;
  const path = environment[`${name}_FILE`]?.trim();
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (cause) {
    unreadable.set(name, `${name}_FILE: cannot read ${path} (${codeOf(cause) ?? 'no text'})`);
    return undefined;
  }
}

/** zod's own messages can quote what they got, so each fault is told by its kind alone; our fields bring their own texts. */
function describeIssue(issue: z.core.$ZodIssue, values: Record<string, string>): { name: string; text: string } {
  const name = String(issue.path[0] ?? '');
  if (!(name in values)) return { name, text: 'is required' };
  if (issue.code === 'invalid_value') return { name, text: `must be one of ${issue.values.map(String).join(', ')}` };
  return { name, text: issue.message };
}
