#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "matrix/buffer.h"
#include "metrics/meter.h"
#include "parallel/team.h"

namespace glissade {

/// The metrics of a plan over rows that come a minibatch at a time. Members of a team read the rows of a minibatch
/// together. One member then adds them in order.
class ScoreSheet {
 public:
  /// For `rows` rows in all, at most `minibatchRows` at a time.
  /// @throws std::bad_alloc
  ScoreSheet(MetricPlan plan, size_t targetColumns, size_t outputs, size_t rows, size_t minibatchRows);

  void restart();

  /// Reads rows [share.begin, share.end) of a minibatch: outputs and targets as the network and the data have them.
  template <typename Real>
  void read(const Range& share, const Real* outputs, const Real* targets);

  /// After all rows of a minibatch were read, and a barrier.
  void add(size_t count, const double* weights);

  /// The results of each metric. All are NaN if a prediction was NaN.
  std::vector<std::vector<double>> results();

 private:
  void readValues(size_t row);
  void readAnswers(size_t row);
  void readClass(size_t row);

  const MetricPlan plan_;
  const size_t targetColumns_, outputs_;
  const Task task_;
  const size_t answers_, rankings_;
  const bool needsProbabilities_;
  std::vector<std::unique_ptr<Meter>> meters_;
  Buffer<double> predictions_, probabilities_, ranking_, logLoss_, targets_;
  Buffer<uint32_t> labels_, decisions_;
  Buffer<uint8_t> isNan_;
  bool sawNan_ = false;
};

}  // namespace glissade
