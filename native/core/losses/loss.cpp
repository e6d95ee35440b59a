#include "losses/loss.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "data/stored.h"
#include "error.h"

namespace glissade {
namespace {

/// A short decimal that reads back as `value`.
std::string shown(double value) {
  char text[32];
  for (int digits = 15; digits <= 17; ++digits) {
    (void)std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  return text;
}

// How far the sum of a distribution may be from 1: targets may be rounded to bytes.
constexpr double kSumTolerance = 0.01;

/// Calls check(row, column, value) for all targets of `data`, and afterRow(row) after those of each row.
template <typename Check, typename AfterRow>
void forEachTarget(const Dataset& data, Check check, AfterRow afterRow) {
  const Table& table = *data.targets;
  table.visit([&](const auto* values) {
    for (size_t i = 0; i < data.rows(); ++i) {
      const auto* const row = values + data.rowAt(i) * table.columns;
      for (size_t j = 0; j < table.columns; ++j) check(i, j, table.scale * static_cast<double>(valueOf(row[j])));
      afterRow(i);
    }
  });
}

std::string place(size_t row) { return "targets[" + std::to_string(row) + "]"; }

std::string place(const Dataset& data, size_t row, size_t column) {
  return data.targets->columns == 1 ? place(row) : place(row) + "[" + std::to_string(column) + "]";
}

/// The kind of number that a target must be.
enum class Kind { classNumber, probability, sign, count, number };

Kind kindOf(const Scoring& scoring, size_t columns, size_t outputs) {
  if (scoring.takesClasses(columns, outputs)) return Kind::classNumber;
  switch (scoring.loss) {
    case Loss::crossEntropy:
    case Loss::focal:
    case Loss::logistic: return Kind::probability;
    case Loss::hinge:
    case Loss::squaredHinge: return Kind::sign;
    case Loss::poisson: return Kind::count;
    default: return Kind::number;
  }
}

bool allows(Kind kind, double value, size_t outputs) {
  switch (kind) {
    case Kind::classNumber: return value >= 0 && value < static_cast<double>(outputs) && value == std::floor(value);
    case Kind::probability: return value >= 0 && value <= 1;
    case Kind::sign: return value == 1 || value == 0 || value == -1;
    case Kind::count: return value >= 0;
    case Kind::number: return true;
  }
  __builtin_unreachable();
}

std::string expected(Kind kind, size_t outputs) {
  switch (kind) {
    case Kind::classNumber:
      return "classes of a network with " + std::to_string(outputs) + " outputs are the integers from 0 to " +
             std::to_string(outputs - 1);
    case Kind::probability: return "targets of this loss are probabilities in [0, 1]";
    case Kind::sign: return "targets of this loss are 1 and -1, or 1 and 0";
    default: return "targets of this loss are counts or rates of at least 0";
  }
}

/// @throws Error ERR_OUT_OF_RANGE if the weights of all rows sum to 0 or to infinity.
void checkWeights(const Scoring& scoring, const Dataset& data) {
  if (!data.weights && scoring.classWeights.empty()) return;
  if (data.shards) return;  // with the classes of other ranks, which are not known here
  double sum = 0;
  for (size_t i = 0; i < data.rows(); ++i)
    sum += scoring.lossWeight(data.weightAt(data.rowAt(i)), data.targets->at(data.rowAt(i), 0), data.targets->columns);
  if (sum > 0 && std::isfinite(sum)) return;
  throw Error("ERR_OUT_OF_RANGE",
              (data.rows() == 1 ? "the weight of the only row is "
                                : "the weights of all " + std::to_string(data.rows()) + " rows sum to ") +
                  (sum > 0 ? "infinity" : "0") + (scoring.classWeights.empty() ? "" : ", those of classes included"));
}

/// checkTargets() of the loss `joint`.
void checkHeads(const std::vector<LossHead>& heads, const Dataset& data, size_t outputs) {
  const LossHead& last = heads.back();
  const size_t columns = last.firstTarget + last.targets, wanted = last.firstOutput + last.outputs;
  if (data.targets->columns != columns)
    throw Error("ERR_SHAPE", "targets have " + std::to_string(data.targets->columns) + " columns, but the loss has " +
                                 std::to_string(columns));
  if (outputs != wanted)
    throw Error("ERR_SHAPE",
                "the network has " + std::to_string(outputs) + " outputs, but the loss has " + std::to_string(wanted));
  std::vector<const LossHead*> heading(columns);
  std::vector<Kind> kinds(columns);
  for (const LossHead& head : heads)
    for (size_t j = head.firstTarget; j < head.firstTarget + head.targets; ++j) {
      heading[j] = &head;
      kinds[j] = kindOf({head.loss, false}, head.targets, head.outputs);
    }
  bool isKnown = false;
  const auto check = [&](size_t i, size_t j, double value) {
    if (value != value) return;
    isKnown = true;
    if (!std::isfinite(value)) throw Error("ERR_NON_FINITE", place(data, i, j) + " is infinite");
    if (!allows(kinds[j], value, heading[j]->outputs))
      throw Error("ERR_OUT_OF_RANGE",
                  place(data, i, j) + " is " + shown(value) + ", but " + expected(kinds[j], heading[j]->outputs));
  };
  const auto checkKnown = [&](size_t i) {
    if (!isKnown) throw Error("ERR_NON_FINITE", place(i) + (columns == 1 ? " is NaN" : " has no target but NaN"));
    isKnown = false;
  };
  forEachTarget(data, check, checkKnown);
}

}  // namespace

Loss lossNamed(std::string_view name) {
  if (name == "crossEntropy") return Loss::crossEntropy;
  if (name == "logistic") return Loss::logistic;
  if (name == "squared") return Loss::squared;
  if (name == "absolute") return Loss::absolute;
  if (name == "huber") return Loss::huber;
  if (name == "hinge") return Loss::hinge;
  if (name == "squaredHinge") return Loss::squaredHinge;
  if (name == "poisson") return Loss::poisson;
  if (name == "quantile") return Loss::quantile;
  if (name == "focal") return Loss::focal;
  if (name == "joint") return Loss::joint;
  if (name == "custom") return Loss::custom;
  throw Error("ERR_INVALID_ARGUMENT", "unknown loss \"" + std::string(name) + "\"");
}

bool Scoring::takesClasses(size_t targetColumns, size_t outputs) const {
  if (targetColumns != 1) return false;
  switch (loss) {
    case Loss::crossEntropy: return true;
    case Loss::hinge:
    case Loss::squaredHinge:
    case Loss::focal: return outputs > 1;
    default: return false;
  }
}

void checkTargets(const Scoring& scoring, const Dataset& data, size_t outputs, size_t positions) {
  if (!data.targets) throw Error("ERR_INVALID_ARGUMENT", "the dataset has no targets, but a loss needs them");
  if (positions > 1) {
    checkTargets(scoring, targetsByPosition(data, positions), outputs);
    return checkWeights(scoring, data);
  }
  if (scoring.loss == Loss::joint) {
    checkHeads(scoring.heads, data, outputs);
    return checkWeights(scoring, data);
  }
  const size_t columns = data.targets->columns;
  const bool classes = scoring.takesClasses(columns, outputs);
  if (!classes && columns != outputs && scoring.loss != Loss::custom)
    throw Error("ERR_SHAPE", "targets have " + std::to_string(columns) + " columns, but the network has " +
                                 std::to_string(outputs) + " outputs");

  if (classes && outputs == 1)
    throw Error("ERR_SHAPE",
                "crossEntropy over classes needs a network with at least 2 outputs; for one, use logistic");
  if (classes && scoring.parameters.positiveShare != 1)
    throw Error("ERR_INVALID_ARGUMENT", "alpha of focal is for targets of 0 and 1, but these are classes");
  if (!scoring.classWeights.empty() && scoring.classWeights.size() != outputs)
    throw Error("ERR_SHAPE", "classWeights has " + std::to_string(scoring.classWeights.size()) +
                                 " elements, but the network has " + std::to_string(outputs) + " outputs");

  const Kind kind = kindOf(scoring, columns, outputs);
  double sum = 0;
  const auto check = [&](size_t i, size_t j, double value) {
    sum += value;
    if (!std::isfinite(value))
      throw Error("ERR_NON_FINITE", place(data, i, j) + " is " + (value != value ? "NaN" : "infinite"));
    if (!allows(kind, value, outputs))
      throw Error("ERR_OUT_OF_RANGE", place(data, i, j) + " is " + shown(value) + ", but " + expected(kind, outputs));
  };
  const auto checkSum = [&](size_t i) {
    if (scoring.loss == Loss::crossEntropy && !classes && !(std::abs(sum - 1) <= kSumTolerance))
      throw Error("ERR_OUT_OF_RANGE",
                  "the probabilities of " + place(i) + " sum to " + shown(sum) + ", but a distribution sums to 1");
    sum = 0;
  };
  forEachTarget(data, check, checkSum);
  checkWeights(scoring, data);
}

}  // namespace glissade
