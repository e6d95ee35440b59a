import Pbf from 'pbf'; // small; version 3 is the last that CommonJS can require in every Node 20; the build puts it into this module

/** Reads and writes the fields of protocol buffers. */
export { Pbf };
