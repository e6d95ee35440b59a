// The build puts this package into this module.
export { parse } from 'csv-parse'; // the most used reader of CSV, well kept; its tests hold RFC 4180 and more
export { parse as parseText } from 'csv-parse/sync';
