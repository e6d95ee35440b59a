#include <cblas.h>

#include "contestant.h"
#include "operand.h"

std::string versionOfOpenBlas() { return openblas_get_config(); }

Work openBlas(const Task& task) {
  openblas_set_num_threads(task.threads);
  const auto m = static_cast<blasint>(task.rows), n = static_cast<blasint>(task.columns),
             k = static_cast<blasint>(task.depth);
  const auto a = operand<float>(task.rows * task.depth), b = operand<float>(task.depth * task.columns),
             c = operand<float>(task.rows * task.columns);
  const bool transposesA = task.kind == "tn", transposesB = task.kind == "nt";
  return [=] {
    cblas_sgemm(CblasRowMajor, transposesA ? CblasTrans : CblasNoTrans, transposesB ? CblasTrans : CblasNoTrans, m, n,
                k, 1, a.get(), transposesA ? m : k, b.get(), transposesB ? k : n, 0, c.get(), n);
  };
}
