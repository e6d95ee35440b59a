import { isPlainObject } from '../checks/kinds.js';
import { invalid } from '../checks/shown.js';
import { defineExtra } from './extras.js';

const kept = new WeakMap<object, object>();

/** How a model describes the columns of a table that it reads, as JSON. lib/tables interprets it. */
export const columnsOf = (model: object): object | undefined => kept.get(model);

export function keepColumns(model: object, columns: object): void {
  kept.set(model, columns);
}

defineExtra('columns', {
  toJSON: columnsOf,
  from(model, json) {
    if (json === undefined) kept.delete(model);
    else if (isPlainObject(json)) keepColumns(model, json);
    else throw invalid('columns', 'an object', json);
  },
});
