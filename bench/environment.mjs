/** The environment that sets the number of threads for every library. Each library chooses its kernels itself. */
export const environment = (threads) => ({
  ...process.env,
  ...Object.fromEntries(
    ['GLISSADE', 'OMP_NUM', 'OPENBLAS_NUM', 'MKL_NUM'].map((name) => [`${name}_THREADS`, String(threads)]),
  ),
  OPENBLAS_CORETYPE: undefined,
  OPENBLAS_L2_SIZE: undefined,
});
