import { count } from './fields.ts';

/** WORKERS: in how many processes a service runs that can share its port (see process/workers.ts). */
export const workerFields = {
  WORKERS: count(1).refine((value) => value >= 1 && value <= 64, 'must be from 1 to 64'),
};
