#pragma once

#include <memory>
#include <vector>

#include "metrics/scored_rows.h"

namespace glissade {

/// Collects a metric over rows that come a minibatch at a time. It allocates nothing after its construction, and adds
/// rows in order: the result does not depend on the team.
class Meter {
 public:
  virtual ~Meter() = default;
  virtual void restart() = 0;
  virtual void add(const ScoredRows& rows) = 0;
  /// May reorder what the meter has kept. Appends the results.
  virtual void finish(std::vector<double>& results) = 0;
};

/// The sizes that a meter allocates for.
struct MeterSizes {
  Predictions predictions;
  Task task;
  size_t rows, outputs, rankings;
};

/// @throws std::bad_alloc
std::unique_ptr<Meter> makeMeter(const Metric& metric, const MeterSizes& sizes);

// Of the kinds of metrics: counting.cpp, ranking.cpp, probabilities.cpp, errors.cpp.
std::unique_ptr<Meter> makeCountingMeter(const Metric& metric, const MeterSizes& sizes);
std::unique_ptr<Meter> makeRankingMeter(const Metric& metric, const MeterSizes& sizes);
std::unique_ptr<Meter> makeProbabilityMeter(const Metric& metric, const MeterSizes& sizes);
std::unique_ptr<Meter> makeErrorMeter(const Metric& metric, const MeterSizes& sizes);

}  // namespace glissade
