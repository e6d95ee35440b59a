#pragma once

#include <cstddef>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "regression/design.h"
#include "regression/row_pass.h"

namespace glissade {

/// The triangular factor R of √w · [1 | X − c | y − c]: tall blocks of rows are brought into it one after another by
/// Householder reflections (Demmel, Grigori, Hoemmen & Langou 2012, Communication-optimal parallel and sequential QR).
/// RᵀR has all that least squares needs of the rows, without the loss of digits of a Gram matrix. The column of ones is
/// left out of models without an intercept.
class FactorWork final : public RowWork {
 public:
  FactorWork(const Kernels& kernels, const Design& design, std::vector<double> centre, bool hasIntercept,
             size_t members);

  const PassShape& shape() const { return shape_; }
  void addRows(size_t chunk, const Range& rows, size_t member) noexcept override;
  void finish() noexcept override;

  /// The number of columns of the factor.
  size_t size() const { return size_; }
  /// The factor, row by row; complete after finish().
  const double* factor() const { return factors_.front().data(); }

 private:
  const RegressionKernels& kernels_;
  const Design& design_;
  const std::vector<double> centre_;
  const size_t first_, size_;  // the first column of the design; all columns
  PassShape shape_;
  std::vector<Buffer<double>> factors_, blocks_;  // of chunks; of members
};

}  // namespace glissade
