#pragma once

#include <cstddef>
#include <vector>

#include "data/dataset.h"
#include "data/stored.h"
#include "kernels/regression_kernels.h"
#include "parallel/team.h"

namespace glissade {

/// The inputs of a dataset as columns of numbers in double: those of dense blocks, an indicator of each category, and
/// those of sparse blocks, block after block.
class Design {
 public:
  /// @throws Error ERR_SHAPE for a dataset without targets, or with several per row; ERR_OUT_OF_RANGE for numbers whose
  /// sums of squares may overflow.
  explicit Design(Dataset data);

  size_t rows() const { return data_.rows(); }
  size_t columns() const { return columns_; }
  bool isWeighted() const { return data_.weights != nullptr; }
  double weight(size_t row) const { return data_.weightAt(data_.rowAt(row)); }
  double target(size_t row) const { return data_.targets->at(data_.rowAt(row), 0); }

  /// The sum of the weights of the rows of each class, up to the largest target.
  /// @throws Error ERR_OUT_OF_RANGE that names the first row whose target is not a class.
  std::vector<double> classWeights() const;

  /// The mean of each column and of the targets over some rows at equal distances: subtracted from all rows, it leaves
  /// little to cancel.
  std::vector<double> centre() const;

  /// Writes rows to a block of `columns()` columns or more, less `centre` (null: zeros). Further columns are not
  /// written.
  void expand(const RegressionKernels& kernels, const Range& rows, const double* centre,
              const DesignBlock& block) const;

  /// Calls visit(column, value) for the numbers of a row that may differ from 0.
  template <typename Visit>
  void forEachEntry(size_t row, Visit visit) const {
    const uint32_t at = data_.rowAt(row);
    size_t first = 0;
    for (const InputBlock& block : data_.inputs) {
      if (block.kind == InputBlock::Kind::dense) {
        block.table->visit([&](const auto* values) {
          const auto* const from = values + at * block.table->columns;
          for (size_t j = 0; j < block.table->columns; ++j)
            visit(first + j, static_cast<double>(valueOf(from[j])) * block.table->scale);
        });
        first += block.table->columns;
      } else if (block.kind == InputBlock::Kind::categorical) {
        const uint32_t* const codes = block.codes->row(at);
        for (size_t j = 0; j < block.codes->columns(); ++j) {
          visit(first + codes[j], 1.0);
          first += block.codes->cardinalities[j];
        }
      } else {
        const SparseRow entries = block.sparse->row(at);
        for (size_t k = 0; k < entries.count; ++k)
          visit(first + entries.columns[k],
                static_cast<double>(entries.value(k)) + static_cast<double>(entries.rest(k)));
        first += block.sparse->columns;
      }
    }
  }

 private:
  void expandDense(const RegressionKernels& kernels, const Table& table, const Range& rows, const double* centre,
                   const DesignBlock& block) const;

  Dataset data_;
  size_t columns_ = 0;
};

}  // namespace glissade
