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
    std::snprintf(text, sizeof text, "%.*g", digits, value);
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

}  // namespace

Loss lossNamed(std::string_view name) {
  if (name == "crossEntropy") return Loss::crossEntropy;
  if (name == "logistic") return Loss::logistic;
  if (name == "squared") return Loss::squared;
  throw Error("ERR_INVALID_ARGUMENT", "unknown loss \"" + std::string(name) + "\"");
}

void checkTargets(Loss loss, const Dataset& data, size_t outputs) {
  if (!data.targets) throw Error("ERR_INVALID_ARGUMENT", "the dataset has no targets, but a loss needs them");
  const size_t columns = data.targets->columns;
  const bool classes = loss == Loss::crossEntropy && columns == 1;
  if (!classes && columns != outputs)
    throw Error("ERR_SHAPE", "targets have " + std::to_string(columns) + " columns, but the network has " +
                                 std::to_string(outputs) + " outputs");

  if (classes && outputs == 1)
    throw Error("ERR_SHAPE",
                "crossEntropy over classes needs a network with at least 2 outputs; for one, use logistic");

  double sum = 0;
  const auto check = [&](size_t i, size_t j, double value) {
    sum += value;
    if (!std::isfinite(value))
      throw Error("ERR_NON_FINITE", place(data, i, j) + " is " + (value != value ? "NaN" : "infinite"));
    if (classes && !(value >= 0 && value < static_cast<double>(outputs) && value == std::floor(value)))
      throw Error("ERR_OUT_OF_RANGE", place(data, i, j) + " is " + shown(value) + ", but classes of a network with " +
                                          std::to_string(outputs) + " outputs are the integers from 0 to " +
                                          std::to_string(outputs - 1));
    if (!classes && loss != Loss::squared && !(value >= 0 && value <= 1))
      throw Error("ERR_OUT_OF_RANGE",
                  place(data, i, j) + " is " + shown(value) + ", but targets of this loss are probabilities in [0, 1]");
  };
  const auto checkSum = [&](size_t i) {
    if (loss == Loss::crossEntropy && !classes && !(std::abs(sum - 1) <= kSumTolerance))
      throw Error("ERR_OUT_OF_RANGE",
                  "the probabilities of " + place(i) + " sum to " + shown(sum) + ", but a distribution sums to 1");
    sum = 0;
  };
  forEachTarget(data, check, checkSum);
}

}  // namespace glissade
