const [file, rows, columns] = process.argv.slice(2);

/** The file for a program of this folder, with its numbers of rows and columns. */
export const work = { file, expected: { rows: Number(rows), columns: Number(columns) } };
