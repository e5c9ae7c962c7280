import type { Product } from '../domain/product.ts';
import type { Stock } from '../domain/stock.ts';

/** What a resolver hands on for Product: the product itself. */
export type ProductShape = Product;

/** What a resolver hands on for Stock: the counts themselves. */
export type StockShape = Stock;
