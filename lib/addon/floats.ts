/** A floating-point array. A call computes in the type of the arrays that it gets. */
export type FloatArray = Float32Array | Float64Array;
export type FloatType = 'float32' | 'float64';
