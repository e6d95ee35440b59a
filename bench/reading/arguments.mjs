const [file, rows, columns] = process.argv.slice(2);

/** The file that a program of this folder reads, and how many rows and columns that has. */
export const work = { file, expected: { rows: Number(rows), columns: Number(columns) } };
