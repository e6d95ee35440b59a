// The build puts these packages into this module: they are ES modules, which older versions of Node can't require.
export { type ColumnData, type FileMetaData, parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet'; // in wide use, no dependencies; reads all encodings
export { parquetHeader } from 'hyparquet/src/column.js';
export { compressors } from 'hyparquet-compressors'; // gzip, zstd, Brotli and LZ4 for hyparquet, by its authors
