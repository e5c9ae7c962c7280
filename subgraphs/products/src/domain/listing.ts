/** The orders in which the catalogue can be read; ties are broken by id. */
export type ProductSort = 'ID_ASC' | 'NAME_ASC' | 'PRICE_ASC' | 'PRICE_DESC' | 'NEWEST';

/** Which products are wanted; prices in minor units, both ends included. What is missing does not narrow. */
export interface ProductFilter {
  readonly nameContains?: string | null | undefined;
  readonly inStock?: boolean | null | undefined;
  readonly minPriceMinor?: number | null | undefined;
  readonly maxPriceMinor?: number | null | undefined;
}

/** The place after a product in a sorted list: the sort's value (null when it is the id) and the id. */
export interface Place {
  readonly value: string | number | null;
  readonly id: string;
}

/** A part of the catalogue: at most `limit` products that come after `after`. */
export interface Listing {
  readonly sort: ProductSort;
  readonly filter: ProductFilter;
  readonly after: Place | null;
  readonly limit: number;
}
