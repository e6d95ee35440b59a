import { rows as adam } from './adam_rows.mjs';
import { rows as rules } from './rule_rows.mjs';

export const rows = [...adam, ...rules];
