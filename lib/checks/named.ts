/** A function with the name by which people import it, for their debuggers and stack traces. */
export const named = <Named extends (...options: never[]) => unknown>(name: string, made: Named): Named =>
  Object.defineProperty(made, 'name', { value: name });
