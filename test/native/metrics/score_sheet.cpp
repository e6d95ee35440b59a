// test/metrics compares the values of metrics with scikit-learn's. These tests read rows in any shares and
// chunks to the same bits, and reuse a sheet.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "drawn.h"
#include "metrics/score_sheet.h"

namespace glissade {
namespace {

MetricPlan planOf(Predictions predictions) {
  if (predictions == Predictions::values)
    return {{{MetricKind::meanAbsoluteError, "mae"},
             {MetricKind::rootMeanSquaredError, "rmse"},
             {MetricKind::r2, "r2"},
             {MetricKind::quantileLoss, "q"}},
            predictions};
  return {{{MetricKind::accuracy, "accuracy"},
           {MetricKind::topK, "topK", Average::automatic, {}, 2},
           {MetricKind::logLoss, "logLoss"},
           {MetricKind::auc, "auc"},
           {MetricKind::averagePrecision, "ap"},
           {MetricKind::f1, "f1"},
           {MetricKind::precision, "precision", Average::micro},
           {MetricKind::balancedAccuracy, "balanced"},
           {MetricKind::confusionMatrix, "confusion"},
           {MetricKind::calibrationError, "ece"}},
          predictions};
}

struct Rows {
  size_t count, outputs, targetColumns;
  Buffer<double> predictions, targets, weights;
};

Rows rowsFor(Predictions predictions) {
  const bool isValues = predictions == Predictions::values;
  Rows rows{
      203, 4, isValues ? size_t(4) : size_t(1), drawn<double>(203 * 4, 1, -3, 3), {}, drawn<double>(203, 3, 0, 2)};
  rows.targets = drawn<double>(rows.count * rows.targetColumns, 2, 0, 4);
  for (size_t i = 0; !isValues && i < rows.count; ++i) rows.targets[i] = std::floor(rows.targets[i]);
  rows.weights[5] = 0;
  return rows;
}

/// Adds all rows, `chunk` at a time, each read by some members, the last of them first.
void addAll(ScoreSheet& sheet, const Rows& rows, size_t chunk, size_t members) {
  for (size_t i = 0; i < rows.count; i += chunk) {
    const size_t count = std::min(chunk, rows.count - i);
    for (size_t m = members; m-- > 0;)
      sheet.read(Member(m, members).share(count), rows.predictions.data() + i * rows.outputs,
                 rows.targets.data() + i * rows.targetColumns);
    sheet.add(count, rows.weights.data() + i);
  }
}

TEST_SUITE_BEGIN("metrics");

TEST_CASE("rows can be added in any chunks, and read in any shares") {
  for (const Predictions predictions : {Predictions::classLogits, Predictions::values}) {
    const Rows rows = rowsFor(predictions);
    ScoreSheet whole(planOf(predictions), rows.targetColumns, rows.outputs, rows.count, rows.count);
    whole.restart();
    addAll(whole, rows, rows.count, 1);
    const auto expected = whole.results();
    for (const auto& result : expected)
      for (const double x : result) CHECK(std::isfinite(x));
    for (const size_t chunk : {1, 16, 203})
      for (const size_t members : {1, 2, 5}) {
        ScoreSheet sheet(planOf(predictions), rows.targetColumns, rows.outputs, rows.count, chunk);
        sheet.restart();
        addAll(sheet, rows, chunk, members);
        CHECK(sheet.results() == expected);
        CHECK(sheet.results() == expected);  // finish() can be called again
        sheet.restart();
        addAll(sheet, rows, chunk, members);
        CHECK(sheet.results() == expected);
      }
  }
}

TEST_CASE("one NaN prediction makes all metrics NaN, until the next start") {
  for (const Predictions predictions : {Predictions::classLogits, Predictions::values}) {
    Rows rows = rowsFor(predictions);
    ScoreSheet sheet(planOf(predictions), rows.targetColumns, rows.outputs, rows.count, 16);
    sheet.restart();
    addAll(sheet, rows, 16, 2);
    const auto expected = sheet.results();
    const double before = std::exchange(rows.predictions[400], std::numeric_limits<double>::quiet_NaN());
    sheet.restart();
    addAll(sheet, rows, 16, 2);
    for (const auto& result : sheet.results())
      for (const double x : result) CHECK(std::isnan(x));
    rows.predictions[400] = before;
    sheet.restart();
    addAll(sheet, rows, 16, 2);
    CHECK(sheet.results() == expected);
  }
}

TEST_CASE("rows beyond the capacity of a ranking are left out") {
  const Rows rows = rowsFor(Predictions::classLogits);
  ScoreSheet sheet(planOf(Predictions::classLogits), 1, rows.outputs, 100, 16);
  sheet.restart();
  addAll(sheet, rows, 16, 1);
  CHECK(sheet.results().size() == 10);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
