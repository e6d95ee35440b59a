#include "metrics/score.h"

#include <algorithm>
#include <string>
#include <utility>

#include "error.h"
#include "metrics/score_sheet.h"

namespace glissade {
namespace {

constexpr size_t kRows = 256;  // read at a time

void checkProbability(double value, size_t row, size_t column) {
  if (value >= 0 && value <= 1) return;
  throw Error("ERR_OUT_OF_RANGE", "predictions has a value outside [0, 1] at row " + std::to_string(row) + ", column " +
                                      std::to_string(column) +
                                      ", so these are no probabilities; logits need of: 'logits'");
}

}  // namespace

std::vector<std::vector<double>> score(MetricPlan plan, const Dataset& data) {
  const bool areProbabilities = plan.predictions == Predictions::probabilities;
  const Table& table = data.dense();
  const size_t outputs = table.columns, columns = data.targets->columns;
  ScoreSheet sheet(std::move(plan), columns, outputs, data.rows(), kRows);
  std::vector<double> predictions(kRows * outputs), targets(kRows * columns), weights(kRows);
  for (size_t begin = 0; begin < data.rows(); begin += kRows) {
    const size_t count = std::min(kRows, data.rows() - begin);
    for (size_t i = 0; i < count; ++i) {
      const uint32_t row = data.rowAt(begin + i);
      for (size_t j = 0; j < outputs; ++j) {
        predictions[i * outputs + j] = table.at(row, j);
        if (areProbabilities) checkProbability(table.at(row, j), row, j);
      }
      for (size_t j = 0; j < columns; ++j) targets[i * columns + j] = data.targets->at(row, j);
      weights[i] = data.weightAt(row);
    }
    sheet.read({0, count}, predictions.data(), targets.data());
    sheet.add(count, weights.data());
  }
  return sheet.results();
}

}  // namespace glissade
