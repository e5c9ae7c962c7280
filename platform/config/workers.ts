import { count } from './fields.ts';

/**
 * WORKERS: in how many processes a service runs that can share its port; WORKER_NUMBER, which the supervisor sets: which of them
 * this one is, from 1 (see process/workers.ts).
 */
export const workerFields = {
  WORKERS: count(1).refine((value) => value >= 1 && value <= 64, 'must be from 1 to 64'),
  WORKER_NUMBER: count(1).refine((value) => value >= 1, 'must be at least 1'),
};
