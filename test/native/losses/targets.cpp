#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "error.h"
#include "losses/loss.h"

namespace glissade {
namespace {

Dataset withTargets(const std::vector<double>& targets, size_t columns) {
  const size_t rows = targets.size() / columns;
  const std::vector<double> inputs(rows);
  Dataset data;
  data.inputs.emplace_back(std::make_shared<Table>(copyTable(Format::float64, inputs.data(), rows, 1, 1)));
  data.targets = std::make_shared<Table>(copyTable(Format::float64, targets.data(), rows, columns, 1));
  return data;
}

/// "code: message" of the refusal, or "accepted".
std::string verdict(Loss loss, const Dataset& data, size_t outputs) {
  try {
    checkTargets(loss, data, outputs);
    return "accepted";
  } catch (const Error& error) {
    return std::string(error.code()) + ": " + error.what();
  }
}

std::string ofClass(double value) { return verdict(Loss::crossEntropy, withTargets({0, value}, 1), 10); }
std::string ofProbability(double value) { return verdict(Loss::logistic, withTargets({0, 0, value, 0}, 2), 2); }

TEST_SUITE_BEGIN("losses");

TEST_CASE("targets that fit are accepted") {
  CHECK(verdict(Loss::crossEntropy, withTargets({0, 9, 3}, 1), 10) == "accepted");
  CHECK(verdict(Loss::crossEntropy, withTargets({0.25, 0.75, 1, 0}, 2), 2) == "accepted");
  CHECK(verdict(Loss::logistic, withTargets({0, 1, 0.5}, 1), 1) == "accepted");
  CHECK(verdict(Loss::squared, withTargets({-1e300, 1e300}, 2), 2) == "accepted");
}

TEST_CASE("a loss needs targets") {
  Dataset data = withTargets({0}, 1);
  data.targets = nullptr;
  CHECK(verdict(Loss::squared, data, 1) == "ERR_INVALID_ARGUMENT: the dataset has no targets, but a loss needs them");
}

TEST_CASE("as many columns of targets as outputs are needed, but for classes") {
  const std::string refusal = "ERR_SHAPE: targets have 2 columns, but the network has 3 outputs";
  for (const Loss loss : {Loss::crossEntropy, Loss::logistic, Loss::squared})
    CHECK(verdict(loss, withTargets({0, 0}, 2), 3) == refusal);
  CHECK(verdict(Loss::squared, withTargets({0, 0}, 1), 3) ==
        "ERR_SHAPE: targets have 1 columns, but the network has 3 outputs");
}

TEST_CASE("classes are integers below the number of outputs") {
  const std::string rest = ", but classes of a network with 10 outputs are the integers from 0 to 9";
  CHECK(ofClass(9) == "accepted");
  CHECK(ofClass(10) == "ERR_OUT_OF_RANGE: targets[1] is 10" + rest);
  CHECK(ofClass(-1) == "ERR_OUT_OF_RANGE: targets[1] is -1" + rest);
  CHECK(ofClass(0.5) == "ERR_OUT_OF_RANGE: targets[1] is 0.5" + rest);
  CHECK(ofClass(100.25) == "ERR_OUT_OF_RANGE: targets[1] is 100.25" + rest);
}

TEST_CASE("probabilities are from 0 to 1") {
  const std::string rest = ", but targets of this loss are probabilities in [0, 1]";
  CHECK(ofProbability(1) == "accepted");
  CHECK(ofProbability(1.5) == "ERR_OUT_OF_RANGE: targets[1][0] is 1.5" + rest);
  CHECK(ofProbability(-2) == "ERR_OUT_OF_RANGE: targets[1][0] is -2" + rest);
  CHECK(verdict(Loss::crossEntropy, withTargets({0.5, 0.5, 0.25, 7}, 2), 2) ==
        "ERR_OUT_OF_RANGE: targets[1][1] is 7" + rest);
}

TEST_CASE("a message shows the value itself, however near it is to a good one") {
  const std::string rest = ", but classes of a network with 10 outputs are the integers from 0 to 9";
  CHECK(ofClass(1e-9) == "ERR_OUT_OF_RANGE: targets[1] is 1e-09" + rest);
  CHECK(ofClass(3.00000001) == "ERR_OUT_OF_RANGE: targets[1] is 3.00000001" + rest);
  CHECK(ofClass(1e300) == "ERR_OUT_OF_RANGE: targets[1] is 1e+300" + rest);
  CHECK(ofProbability(1 + 0x1p-52) ==
        "ERR_OUT_OF_RANGE: targets[1][0] is 1.0000000000000002, but targets of this loss are probabilities in [0, 1]");
}

TEST_CASE("targets are finite") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for (const Loss loss : {Loss::crossEntropy, Loss::logistic, Loss::squared}) {
    CHECK(verdict(loss, withTargets({0, 1, 0, nan}, 2), 2) == "ERR_NON_FINITE: targets[1][1] is NaN");
    CHECK(verdict(loss, withTargets({0, -infinity}, 2), 2) == "ERR_NON_FINITE: targets[0][1] is infinite");
  }
  CHECK(ofClass(nan) == "ERR_NON_FINITE: targets[1] is NaN");
}

TEST_CASE("only the rows of a selection count, by their number in it") {
  const Dataset data = withTargets({0, 77, 1, 2}, 1);
  CHECK(verdict(Loss::crossEntropy, data.select({0, 2, 3}), 3) == "accepted");
  CHECK(verdict(Loss::crossEntropy, data.select({3, 2, 1}), 3) ==
        "ERR_OUT_OF_RANGE: targets[2] is 77, but classes of a network with 3 outputs are the integers from 0 to 2");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
