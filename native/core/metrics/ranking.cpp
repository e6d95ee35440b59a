// Metrics of an order: the area under the ROC curve, and average precision. Exact: they keep 16 bytes for each row and
// class that is ranked.
#include <algorithm>
#include <cmath>

#include "matrix/buffer.h"
#include "metrics/meter.h"

namespace glissade {
namespace {

/// A row in an order of how likely rows are of a class. The weight is negative for rows of other classes.
struct Ranked {
  double score, weight;
};

/// Calls tie(ofClass, others) for each set of rows with equal scores, from the largest score down: the weights of rows
/// of the class, and of others.
template <typename Tie>
void forEachTie(const Ranked* rows, size_t count, Tie tie) {
  for (size_t i = 0; i < count;) {
    double ofClass = 0, others = 0;
    for (const double score = rows[i].score; i < count && rows[i].score == score; ++i)
      (rows[i].weight > 0 ? ofClass : others) += std::abs(rows[i].weight);
    tie(ofClass, others);
  }
}

/// The probability that a row of the class is before another, ties counted by half: trapezoids under the ROC curve.
double areaUnderCurve(const Ranked* rows, size_t count) {
  double ofClass = 0, others = 0, area = 0;
  forEachTie(rows, count, [&](double moreOfClass, double moreOthers) {
    area += moreOthers * (ofClass + 0.5 * moreOfClass);
    ofClass += moreOfClass;
    others += moreOthers;
  });
  return area / (ofClass * others);
}

/// Σ (R_n − R_{n−1}) P_n: precision at each score, weighted by the growth of recall.
double averagePrecision(const Ranked* rows, size_t count) {
  double ofClass = 0, all = 0, sum = 0;
  forEachTie(rows, count, [&](double moreOfClass, double moreOthers) {
    ofClass += moreOfClass;
    all += moreOfClass + moreOthers;
    sum += moreOfClass * (ofClass / all);
  });
  return sum / ofClass;
}

/// Keeps the scores of rows with a weight, and ranks them at the end. The mean over outputs or classes if they are
/// several.
class Ranking final : public Meter {
 public:
  Ranking(MetricKind kind, size_t rows, size_t rankings)
      : kind_(kind), rows_(rows), rankings_(rankings), kept_(rows * rankings) {}

  void restart() override { count_ = 0; }

  void add(const ScoredRows& rows) override {
    for (size_t i = 0; i < rows.count && count_ < rows_; ++i) {
      if (!(rows.weights[i] > 0)) continue;
      for (size_t j = 0; j < rankings_; ++j)
        kept_[j * rows_ + count_] = {rows.ranking[i * rankings_ + j],
                                     isOf(rows, i, j) ? rows.weights[i] : -rows.weights[i]};
      ++count_;
    }
  }

  void finish(std::vector<double>& results) override {
    double sum = 0;
    for (size_t j = 0; j < rankings_; ++j) {
      Ranked* const rows = kept_.data() + j * rows_;
      std::sort(rows, rows + count_, [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
      sum += kind_ == MetricKind::auc ? areaUnderCurve(rows, count_) : averagePrecision(rows, count_);
    }
    results.push_back(sum / static_cast<double>(rankings_));
  }

 private:
  /// Whether row i is of the class that ranking j is of.
  bool isOf(const ScoredRows& rows, size_t i, size_t j) const {
    if (rows.task == Task::classes) return rows.labels[i] == (rankings_ == 1 ? 1 : j);
    return rows.labels[i * rows.answers + j] != 0;
  }

  const MetricKind kind_;
  const size_t rows_, rankings_;
  Buffer<Ranked> kept_;  // rankings × rows
  size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Meter> makeRankingMeter(const Metric& metric, const MeterSizes& sizes) {
  return std::make_unique<Ranking>(metric.kind, sizes.rows, sizes.rankings);
}

}  // namespace glissade
