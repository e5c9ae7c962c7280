import { z } from 'zod';
import { parseDurationMs } from './duration.ts';

const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = parseDurationMs(value);
  if (ms !== null) return ms;
  context.addIssue({ code: 'custom', message: `time: invalid duration ${JSON.stringify(value)}` });
  return z.NEVER;
});

const status = z.enum(['passing', 'warning', 'critical']);

/** A check as it is registered; durations are milliseconds once parsed. Source: api-docs/agent/check#json-request-body-schema */
export const checkShape = z.object({
  Name: z.string().optional(),
  CheckID: z.string().optional(),
  ID: z.string().optional(),
  ServiceID: z.string().default(''),
  Notes: z.string().default(''),
  HTTP: z.string().optional(),
  Method: z.string().default('GET'),
  Header: z.record(z.string(), z.array(z.string())).default({}),
  Body: z.string().default(''),
  Interval: duration.optional(),
  Timeout: duration.optional(),
  TTL: duration.optional(),
  Status: z.union([status, z.literal('')]).optional(),
  DeregisterCriticalServiceAfter: duration.optional(),
});

/** A service as it is registered. Source: api-docs/agent/service#json-request-body-schema */
export const serviceShape = z.object({
  Name: z.string().min(1),
  ID: z.string().optional(),
  Tags: z.array(z.string()).nullish(),
  Address: z.string().default(''),
  Port: z.number().int().min(0).max(65_535).default(0),
  Meta: z.record(z.string(), z.string()).nullish(),
  Check: checkShape.nullish(),
  Checks: z.array(checkShape).nullish(),
});

/** A parsed check definition. */
export type CheckDefinition = z.infer<typeof checkShape>;
/** What a check can say. */
export type CheckStatus = z.infer<typeof status>;
/** A service as the agent keeps and answers it. */
export type Service = {
  readonly ID: string;
  readonly Service: string;
  readonly Tags: readonly string[];
  readonly Address: string;
  readonly Port: number;
  readonly Meta: Readonly<Record<string, string>>;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
};
/** A check as the agent keeps and answers it. */
export type Check = {
  readonly CheckID: string;
  readonly Name: string;
  readonly Status: CheckStatus;
  readonly Notes: string;
  readonly Output: string;
  readonly ServiceID: string;
  readonly ServiceName: string;
  readonly ServiceTags: readonly string[];
  readonly Type: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
};
