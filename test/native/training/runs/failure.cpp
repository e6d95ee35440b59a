// Runs with overflowing numbers: they end at a step boundary, and their message names the step.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "bits.h"
#include "examples.h"
#include "on_team.h"
#include "training/followed.h"
#include "training/plain.h"

namespace glissade {
namespace {

using Status = RunOutcome::Status;

PlainOptions twoRowsAtATime() {
  return {.trainer = {.scoring = {Loss::squared, false},
                      .optimizer = {.rules = {"sgd", "sgd"}},
                      .tensors = weightsAndBiases(1)},
          .run = {.batchSize = 2, .epochs = 2, .seed = 1, .order = Sampler::Order::sequential, .scheduled = true}};
}

/// A linear model of one weight and one bias on rows of (input, target) in order, two rows a minibatch.
struct Example {
  std::vector<std::pair<double, double>> rows;
  Schedule schedule;

  PlainOptions options = twoRowsAtATime();
  std::shared_ptr<const Network<float>> network = chain<float>({1, 1}, {Activation::identity});
  Buffer<float> parameters = initialParameters(*network, 3);
  std::shared_ptr<Snapshot<float>> snapshot = std::make_shared<Snapshot<float>>();

  Dataset data() const {
    std::vector<double> inputs, targets;
    for (const auto& [input, target] : rows) {
      inputs.push_back(input);
      targets.push_back(target);
    }
    return {{tableOf(Format::float64, inputs, 1)}, tableOf(Format::float64, targets, 1), nullptr, nullptr};
  }

  RunOutcome outcome() {
    const auto run = runOf(network, parameters, snapshot, data(), options);
    for (int64_t step = 0; step < run->totalSteps(); ++step) run->supply(schedule(step));
    return Followed(run).end();
  }

  /// The parameters after `steps` steps of the plain loop.
  Buffer<float> plainly(int64_t steps) const {
    Buffer<float> plain = initialParameters(*network, 3);
    trainPlainly(*network, plain, data(), options, schedule, steps);
    return plain;
  }

  std::string differenceToPlain(int64_t steps) const { return difference(parameters, plainly(steps)); }
};

Schedule constant(double rate) {
  return [rate](int64_t) { return recordOf({rate, 0, rate, 0}); };
}

/// The rate 1e-4, except for one step.
Schedule exceptAt(int64_t step, double rate) {
  return [=](int64_t at) { return constant(at == step ? rate : 1e-4)(at); };
}

const double kNaN = std::numeric_limits<double>::quiet_NaN();

template <typename Check>
void forEachTeam(Check check) {
  for (const size_t members : {1, 2, 3}) {
    CAPTURE(members);
    Engine::instance().configure(members, {});
    check();
  }
}

/// The end of a failed run's message about its parameters.
std::string keptAfter(int64_t step) {
  return "; parameters are as after step " + std::to_string(step) + ". Try a smaller learningRate.";
}

TEST_SUITE_BEGIN("training");

TEST_CASE("a loss that becomes infinite ends the run before its step") {
  forEachTeam([] {
    Example example{{{1, 1}, {2, 1}, {3, 1}, {4, 1}, {1, 1}, {1e39, 1}}, constant(0.01)};
    const RunOutcome outcome = example.outcome();
    CHECK(outcome.status == Status::failed);
    CHECK(outcome.code == "ERR_NON_FINITE");
    CHECK(outcome.message == "the loss became infinite at step 3 (epoch 1)" + keptAfter(2));
    CHECK(example.differenceToPlain(2) == "");
  });
}

TEST_CASE("a loss that becomes NaN ends the run before its step") {
  forEachTeam([] {
    Example example{{{1, 1}, {2, 1}, {3, 1}, {kNaN, 1}, {1, 1}, {2, 1}}, constant(0.01)};
    const RunOutcome outcome = example.outcome();
    CHECK(outcome.status == Status::failed);
    CHECK(outcome.code == "ERR_NON_FINITE");
    CHECK(outcome.message == "the loss became NaN at step 2 (epoch 1)" + keptAfter(1));
    CHECK(example.differenceToPlain(1) == "");
  });
}

TEST_CASE("a gradient that overflows under a finite loss ends the run before its step") {
  forEachTeam([] {
    // Step 4 makes parameters of about 1e36. Outputs and losses are finite, but the gradient at input 40 overflows: it
    // is some 40² times the parameters.
    Example example{{{1, 1}, {2, 1}, {30, 1}, {40, 1}, {1, 2}, {2, 3}}, exceptAt(3, 1e37)};
    const RunOutcome outcome = example.outcome();
    CHECK(outcome.status == Status::failed);
    CHECK(outcome.code == "ERR_NON_FINITE");
    CHECK(outcome.message == "the gradient became non-finite at step 5 (epoch 2)" + keptAfter(4));
    CHECK(example.differenceToPlain(4) == "");
  });
}

TEST_CASE("parameters that overflow by large steps alone end as after the last finite one") {
  forEachTeam([] {
    // Inputs are 0, and the loss is linear far from its targets, so that each step adds the same amount to the bias.
    Example example{std::vector(512, std::pair{0.0, 0.0}), constant(3e36)};
    example.options.trainer.scoring.loss = Loss::logistic;
    example.options.trainer.optimizer.maximize = true;
    const RunOutcome outcome = example.outcome();
    const int64_t kept = example.snapshot->read()->step;
    CHECK(kept > 100);
    CHECK(kept < 120);
    CHECK(outcome.status == Status::failed);
    CHECK(outcome.message.ends_with("(epoch 1)" + keptAfter(kept)));
    CHECK(example.differenceToPlain(kept) == "");
    CHECK_FALSE(std::isfinite(example.plainly(kept + 1).data()[1]));
  });
}

TEST_CASE("parameters that a rule divides by zero are rolled back to those before that step") {
  forEachTeam([] {
    for (const double epsilon : {0.0, 1e-46}) {
      // From step 101 on, inputs and the weight's gradient are 0, so that its second moment decays to 0.
      std::vector<std::pair<double, double>> rows(200, {1, 1});
      rows.resize(3000, {0, 1});
      Example example{std::move(rows), [=](int64_t) {
                        return recordOf({1e-3, 0.5, 0.5, epsilon, 0, 1e-3, 0.5, 0.5, epsilon, 0});
                      }};
      example.options.trainer.optimizer.rules = {"adam", "adam"};
      const RunOutcome outcome = example.outcome();
      const int64_t kept = example.snapshot->read()->step;
      CHECK(kept > 200);
      CHECK(kept < 300);
      CHECK(outcome.message ==
            "the parameters became non-finite at step " + std::to_string(kept + 1) + " (epoch 1)" + keptAfter(kept));
      CHECK(example.differenceToPlain(kept) == "");
      CHECK_FALSE(std::isfinite(example.plainly(kept + 1).data()[0]));
    }
  });
}

TEST_CASE("parameters that overflow are rolled back to those before that step") {
  forEachTeam([] {
    Example example{{{1, 1}, {2, 1}, {3, 1}, {4, 1}, {1, 1}, {2, 2}}, exceptAt(4, 1e39)};
    const RunOutcome outcome = example.outcome();
    const int64_t kept = example.snapshot->read()->step;
    CHECK(kept == 4);
    CHECK(outcome.status == Status::failed);
    CHECK(outcome.code == "ERR_NON_FINITE");
    CHECK(outcome.message.ends_with(" (epoch 2)" + keptAfter(kept)));
    CHECK(example.differenceToPlain(kept) == "");
  });
}

TEST_CASE("parameters that overflow in the last step of an epoch are not published") {
  forEachTeam([] {
    Example example{{{1, 1}, {2, 1}, {3, 1}, {4, 1}, {1, 1}, {2, 2}}, exceptAt(2, 1e39)};
    const RunOutcome outcome = example.outcome();
    const int64_t kept = example.snapshot->read()->step;
    CHECK(kept <= 2);
    CHECK(outcome.status == Status::failed);
    CHECK(outcome.message == "the parameters became non-finite at step 3 (epoch 1)" + keptAfter(kept));
    CHECK(example.differenceToPlain(kept) == "");
  });
}

TEST_CASE("the engine continues after a failed run") {
  Example failing{{{1, 1}, {kNaN, 1}}, constant(0.01)}, fine{{{1, 1}, {2, 1}}, constant(0.01)};
  CHECK(failing.outcome().status == Status::failed);
  CHECK(fine.outcome().status == Status::completed);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
