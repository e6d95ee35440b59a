#include "training/evaluation/evaluation.h"

#include <doctest/doctest.h>

#include "examples.h"
#include "on_team.h"
#include "tables.h"

namespace glissade {
namespace {

template <typename Real>
Tally evaluate(std::shared_ptr<const Network<Real>> network, const Dataset& data, const Buffer<Real>& parameters) {
  return evaluate(network, parameters.data(), data, Scoring{Loss::crossEntropy, true}, Precision::full).tally;
}

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("an evaluation is the sum over all rows, in teams of any size", Real, float, double) {
  const auto network = chain<Real>({7, 30, 5}, {Activation::gelu, Activation::identity});
  const Buffer<Real> parameters = initialParameters(*network, 1);
  for (const Kernels* table : tables()) {
    useInstructionSet(nameOf(table->instructionSet));
    // Fewer rows than a block, one block, two, and three with a remainder.
    const size_t block = network->forwardRows();
    for (const size_t rows : {size_t(1), size_t(100), block, 2 * block, 3 * block + 77}) {
      CAPTURE(nameOf(*table));
      CAPTURE(rows);
      const Dataset data = classified(rows, 7, 5, 3);
      double loss = 0;
      size_t correct = 0;
      for (uint32_t i = 0; i < rows; ++i) {
        const Tally one = evaluate(network, data.select({i}), parameters);
        loss += one.loss;
        correct += one.correct;
      }
      Engine::instance().configure(1, {});
      const Tally alone = evaluate(network, data, parameters);
      CHECK(alone.loss == doctest::Approx(loss).epsilon(1e-12));
      CHECK(alone.correct == correct);
      CHECK(alone.examples == rows);
      CHECK(alone.meanLoss() == alone.loss / double(rows));
      CHECK(alone.accuracy() == double(correct) / double(rows));
      for (const size_t members : {2, 3}) {
        Engine::instance().configure(members, {});
        const Tally together = evaluate(network, data, parameters);
        CHECK(together.loss == alone.loss);
        CHECK(together.correct == alone.correct);
      }
    }
  }
}

TEST_CASE("an evaluation can be restarted") {
  const auto network = chain<double>({7, 5}, {Activation::identity});
  const Buffer<double> parameters = initialParameters(*network, 1);
  const Dataset data = classified(300, 7, 5, 3);
  Evaluation<double> evaluation(kernels(), network, data, {Loss::crossEntropy, true}, Precision::full);
  double first = 0;
  for (int round = 0; round < 2; ++round) {
    evaluation.restart();
    int slices = 0;
    for (; !evaluation.finished(); ++slices) evaluation.advance(Member(0, 1), parameters.data());
    CHECK(slices == 2);
    CHECK(evaluation.tally().examples == 300);
    if (round == 0) first = evaluation.tally().loss;
    CHECK(evaluation.tally().loss == first);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
