import { Nesting } from '../checks/index.js';

export const nesting = new Nesting('layers');
