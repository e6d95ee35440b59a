/** Tests that fail under Wine for a reason that is not a fault of the package. `file` is the beginning of a path. */
export const leftOut = [];
