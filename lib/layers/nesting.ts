import { Nesting } from '../nesting.js';

export const nesting = new Nesting('layers');
