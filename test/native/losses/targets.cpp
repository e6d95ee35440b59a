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
std::string verdict(const Scoring& scoring, const Dataset& data, size_t outputs) {
  try {
    checkTargets(scoring, data, outputs);
    return "accepted";
  } catch (const Error& error) {
    return std::string(error.code()) + ": " + error.what();
  }
}

std::string ofClass(double value) { return verdict({Loss::crossEntropy, false}, withTargets({0, value}, 1), 10); }
std::string ofProbability(double value) {
  return verdict({Loss::logistic, false}, withTargets({0, 0, value, 0}, 2), 2);
}

constexpr Loss kLosses[] = {Loss::crossEntropy, Loss::logistic,     Loss::squared, Loss::absolute, Loss::huber,
                            Loss::hinge,        Loss::squaredHinge, Loss::poisson, Loss::quantile};

TEST_SUITE_BEGIN("losses");

TEST_CASE("targets that fit are accepted") {
  CHECK(verdict({Loss::crossEntropy, false}, withTargets({0, 9, 3}, 1), 10) == "accepted");
  CHECK(verdict({Loss::crossEntropy, false}, withTargets({0.25, 0.75, 1, 0}, 2), 2) == "accepted");
  CHECK(verdict({Loss::logistic, false}, withTargets({0, 1, 0.5}, 1), 1) == "accepted");
  CHECK(verdict({Loss::squared, false}, withTargets({-1e300, 1e300}, 2), 2) == "accepted");
}

TEST_CASE("signs are 1 and -1, or 1 and 0") {
  const std::string rest = ", but targets of this loss are 1 and -1, or 1 and 0";
  for (const Loss loss : {Loss::hinge, Loss::squaredHinge}) {
    CHECK(verdict({loss, false}, withTargets({1, -1, 0}, 1), 1) == "accepted");
    CHECK(verdict({loss, false}, withTargets({1, -1, 0, 1}, 2), 2) == "accepted");
    CHECK(verdict({loss, false}, withTargets({1, -1, 0.5, 1}, 2), 2) ==
          "ERR_OUT_OF_RANGE: targets[1][0] is 0.5" + rest);
    CHECK(verdict({loss, false}, withTargets({1, 2}, 1), 1) == "ERR_OUT_OF_RANGE: targets[1] is 2" + rest);
    CHECK(verdict({loss, false}, withTargets({1, 2}, 1), 3) == "accepted");
    CHECK(verdict({loss, false}, withTargets({1, 3}, 1), 3) ==
          "ERR_OUT_OF_RANGE: targets[1] is 3, but classes of a network with 3 outputs are the integers from 0 to 2");
    CHECK(verdict({loss, false}, withTargets({1, -1}, 1), 2) ==
          "ERR_OUT_OF_RANGE: targets[1] is -1, but classes of a network with 2 outputs are the integers from 0 to 1");
  }
}

TEST_CASE("counts are at least 0") {
  CHECK(verdict({Loss::poisson, false}, withTargets({0, 2.5, 1e6}, 1), 1) == "accepted");
  CHECK(verdict({Loss::poisson, false}, withTargets({0, 1, 2, -1}, 2), 2) ==
        "ERR_OUT_OF_RANGE: targets[1][1] is -1, but targets of this loss are counts or rates of at least 0");
}

TEST_CASE("classes have as many weights as the network has outputs") {
  const Dataset data = withTargets({0, 1}, 1);
  CHECK(verdict({Loss::crossEntropy, false, {}, {1, 2}}, data, 2) == "accepted");
  CHECK(verdict({Loss::crossEntropy, false, {}, {1, 2}}, data, 3) ==
        "ERR_SHAPE: classWeights has 2 elements, but the network has 3 outputs");
}

TEST_CASE("at least one row must have a positive weight") {
  Dataset data = withTargets({0, 1, 2}, 1);
  const double infinity = std::numeric_limits<double>::infinity();
  const auto weigh = [&](const std::vector<double>& weights) {
    data.weights = std::make_shared<Table>(copyTable(Format::float64, weights.data(), weights.size(), 1, 1));
  };
  weigh({0, 1, 0});
  CHECK(verdict({Loss::crossEntropy, false}, data, 3) == "accepted");
  CHECK(verdict({Loss::crossEntropy, false}, data.select({0, 1}), 3) == "accepted");
  CHECK(verdict({Loss::crossEntropy, false}, data.select({2, 0}), 3) ==
        "ERR_OUT_OF_RANGE: the weights of all 2 rows sum to 0");
  CHECK(verdict({Loss::squared, false}, data.select({2}), 1) == "ERR_OUT_OF_RANGE: the weight of the only row is 0");
  CHECK(verdict({Loss::crossEntropy, false, {}, {1, 0, 1}}, data, 3) ==
        "ERR_OUT_OF_RANGE: the weights of all 3 rows sum to 0, those of classes included");
  weigh({0, infinity, 0});
  CHECK(verdict({Loss::squared, false}, data, 1) == "ERR_OUT_OF_RANGE: the weights of all 3 rows sum to infinity");
}

TEST_CASE("a loss needs targets") {
  Dataset data = withTargets({0}, 1);
  data.targets = nullptr;
  CHECK(verdict({Loss::squared, false}, data, 1) ==
        "ERR_INVALID_ARGUMENT: the dataset has no targets, but a loss needs them");
}

TEST_CASE("targets need as many columns as there are outputs, except for classes") {
  const std::string refusal = "ERR_SHAPE: targets have 2 columns, but the network has 3 outputs";
  for (const Loss loss : kLosses) CHECK(verdict({loss, false}, withTargets({0, 0}, 2), 3) == refusal);
  CHECK(verdict({Loss::squared, false}, withTargets({0, 0}, 1), 3) ==
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
  CHECK(verdict({Loss::crossEntropy, false}, withTargets({0.5, 0.5, 0.25, 7}, 2), 2) ==
        "ERR_OUT_OF_RANGE: targets[1][1] is 7" + rest);
}

TEST_CASE("a message has the value itself, however close it is to a valid one") {
  const std::string rest = ", but classes of a network with 10 outputs are the integers from 0 to 9";
  CHECK(ofClass(1e-9) == "ERR_OUT_OF_RANGE: targets[1] is 1e-09" + rest);
  CHECK(ofClass(3.00000001) == "ERR_OUT_OF_RANGE: targets[1] is 3.00000001" + rest);
  CHECK(ofClass(1e300) == "ERR_OUT_OF_RANGE: targets[1] is 1e+300" + rest);
  CHECK(ofProbability(1 + 0x1p-52) ==
        "ERR_OUT_OF_RANGE: targets[1][0] is 1.0000000000000002, but targets of this loss are probabilities in [0, 1]");
}

TEST_CASE("targets are finite") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for (const Loss loss : kLosses) {
    CHECK(verdict({loss, false}, withTargets({0, 1, 0, nan}, 2), 2) == "ERR_NON_FINITE: targets[1][1] is NaN");
    CHECK(verdict({loss, false}, withTargets({0, -infinity}, 2), 2) == "ERR_NON_FINITE: targets[0][1] is infinite");
  }
  CHECK(ofClass(nan) == "ERR_NON_FINITE: targets[1] is NaN");
}

TEST_CASE("only the rows of a selection are checked, and named by their index in it") {
  const Dataset data = withTargets({0, 77, 1, 2}, 1);
  CHECK(verdict({Loss::crossEntropy, false}, data.select({0, 2, 3}), 3) == "accepted");
  CHECK(verdict({Loss::crossEntropy, false}, data.select({3, 2, 1}), 3) ==
        "ERR_OUT_OF_RANGE: targets[2] is 77, but classes of a network with 3 outputs are the integers from 0 to 2");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
