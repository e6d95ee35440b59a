#pragma once

#include <cstddef>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "regression/design.h"
#include "regression/row_pass.h"

namespace glissade {

/// The losses of linear models: half the squared error, −ln of the probability of two classes by the logit of the
/// second, and −ln of the probability of several classes by their logits.
enum class LinearLoss { squared, logistic, softmax };

/// Which derivatives are computed besides the loss.
enum class LinearDerivatives { gradient, hessian };

/// Coefficients of a linear model: that of column j and output k is at [j · outputs + k]. With an intercept, it is the
/// last column.
struct LinearModel {
  LinearLoss loss;
  size_t outputs;
  bool hasIntercept;
  std::vector<double> centre;  // is subtracted from the columns; empty: nothing
  std::vector<double> coefficients;
};

/// Σ w·loss over the rows, its gradient and its Hessian.
class LikelihoodWork final : public RowWork {
 public:
  LikelihoodWork(const Kernels& kernels, const Design& design, LinearModel model, LinearDerivatives derivatives,
                 size_t members);

  const PassShape& shape() const { return shape_; }
  void addRows(size_t chunk, const Range& rows, size_t member) noexcept override;
  void finish() noexcept override;

  double loss() const { return sums_.front().loss; }
  double weight() const { return sums_.front().weight; }
  const Buffer<double>& gradient() const { return sums_.front().gradient; }
  /// The upper triangle, row by row; complete after finish().
  const std::vector<double>& hessian() const { return hessian_; }

 private:
  struct Sums {
    double loss = 0, weight = 0;
    Buffer<double> gradient;
    std::vector<Buffer<double>> products;  // of each pair of outputs: Σ w·∂²·x·xᵀ
  };
  struct Scratch {
    Buffer<double> block, scaled, logits;
  };

  bool isWide() const { return shape_.blockRows == 1; }
  void addDense(Sums& sums, const Range& rows, Scratch& scratch) noexcept;
  void addWide(Sums& sums, size_t row, Scratch& scratch) noexcept;
  /// Replaces logits by the derivatives of the loss by them. Returns the loss. `stride`: the distance of the logits.
  double differentiate(size_t row, double weight, double* logits, size_t stride) const noexcept;

  const RegressionKernels& kernels_;
  const Design& design_;
  const LinearModel model_;
  const LinearDerivatives derivatives_;
  const size_t columns_;  // with the intercept
  PassShape shape_;
  std::vector<Sums> sums_;  // of chunks
  std::vector<Scratch> scratch_;
  std::vector<double> hessian_;
};

}  // namespace glissade
