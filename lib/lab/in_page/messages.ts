import type { DataName } from '../carried_data.js';
import type { Notice, Order } from '../serve/messages.js';

/** Gzipped data of a page, by name. */
export type Carried = Readonly<Partial<Record<DataName, Blob>>>;

/** A request to the worker that checks requests. */
export type Request =
  | { readonly kind: 'runs'; readonly options: Readonly<Record<string, unknown>> }
  | { readonly kind: 'races'; readonly options: Readonly<Record<string, unknown>> }
  | { readonly kind: 'table'; readonly csv: string };

/** A message to a worker of a page. */
export type PageOrder =
  | Order
  /** The first message. */
  | { readonly kind: 'carry'; readonly carried: Carried; readonly size: 'full' | 'small' }
  | { readonly kind: 'ask'; readonly id: number; readonly request: Request };

/** A message from a worker of a page. */
export type PageNotice =
  | Notice
  /** The value for the request of this id, or the reason why it is refused. */
  | { readonly id: number; readonly value: unknown; readonly message?: string };
