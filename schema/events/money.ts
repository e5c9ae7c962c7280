import { z } from 'zod';

/** An amount inside an event: minor units of a currency (ISO 4217). */
export const moneyData = z.object({ amountMinor: z.int(), currency: z.string().length(3) });
