// The build puts this package into this module.
export { parse as parseText } from 'csv-parse/sync'; // the most used reader of CSV, well kept; its tests hold RFC 4180 and more
