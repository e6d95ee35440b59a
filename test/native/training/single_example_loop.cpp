// Runs that take steps on single examples: they equal the plain loop on minibatches of one, except for rounding.
#include "training/single_example_loop.h"

#include <doctest/doctest.h>

#include <cmath>

#include "bits.h"
#include "examples.h"
#include "on_team.h"
#include "training/followed.h"
#include "training/plain.h"

namespace glissade {
namespace {

using Status = RunOutcome::Status;

constexpr int64_t kSteps = 3 * 150;

PlainOptions oneRowAtATime(bool scheduled) {
  return {.trainer = {.scoring = {Loss::squared, false},
                      .optimizer = {.rules = {"sgd", "sgd"}, .scheduled = scheduled},
                      .tensors = weightsAndBiases(1)},
          .run = {.batchSize = 1, .epochs = 3, .order = Sampler::Order::permuted, .seed = 1, .scheduled = scheduled}};
}

struct Example {
  explicit Example(bool scheduled) : options(oneRowAtATime(scheduled)) {}

  PlainOptions options;
  Dataset data = regressed(150, 5, 2, 1);
  std::shared_ptr<const Network<double>> network = chain<double>({5, 2}, {Activation::identity});
  Buffer<double> parameters = initialParameters(*network, 3);
  std::shared_ptr<Snapshot<double>> snapshot = std::make_shared<Snapshot<double>>();

  /// Runs under a schedule, whose records come a few at a time.
  RunOutcome run(const Schedule& schedule) {
    const auto run = runOf(network, parameters, snapshot, data, options);
    CHECK(run->totalSteps() == kSteps);
    const int64_t count = options.run.scheduled ? kSteps : 1;
    for (int64_t begin = 0; begin < count; begin += 7) {
      std::vector<double> records;
      for (int64_t step = begin; step < std::min(begin + 7, count); ++step)
        for (const double number : schedule(step)) records.push_back(number);
      run->supply(records);
    }
    return Followed(run).end();
  }

  double distanceToPlain(const Schedule& schedule) const {
    Buffer<double> plain = initialParameters(*network, 3);
    trainPlainly(*network, plain, data, options, schedule, kSteps);
    double largest = 0, size = 0;
    for (size_t i = 0; i < plain.size(); ++i) {
      largest = std::max(largest, std::abs(plain[i] - parameters[i]));
      size = std::max(size, std::abs(plain[i]));
    }
    return largest / size;
  }
};

const Schedule kConstant = [](int64_t) { return recordOf({0.02, 0, 0.02, 0}); };
const Schedule kDecaying = [](int64_t step) {
  const double rate = 0.1 / double(5 + step);
  return recordOf({rate, 0, rate, 0});
};

TEST_SUITE_BEGIN("training");

TEST_CASE("a run on single examples follows the plain loop, under one record or one for each step") {
  for (const bool scheduled : {false, true}) {
    CAPTURE(scheduled);
    const Schedule& schedule = scheduled ? kDecaying : kConstant;
    Example first(scheduled);
    CHECK(first.run(schedule).status == Status::completed);
    CHECK(first.distanceToPlain(schedule) < 1e-12);
    for (const size_t members : {2, 3}) {
      Engine::instance().configure(members, {});
      Example example(scheduled);
      CHECK(example.run(schedule).status == Status::completed);
      CHECK(difference(example.parameters, first.parameters) == "");
    }
  }
}

TEST_CASE("examples and hyperparameters that are too large for a plain step are taken as minibatches between others") {
  const Schedule leaping = [](int64_t step) {
    return step % 50 == 20 ? recordOf({1e-14, 0, 1e13, 0}) : kDecaying(step);  // the biases' rate is not moderate
  };
  Example example(true);
  example.options.trainer.tensors[1].frozen = true;
  CHECK(example.run(leaping).status == Status::completed);
  CHECK(example.distanceToPlain(leaping) < 1e-12);

  Example one(false);
  std::vector<double> inputs(150 * 5, 0.5), targets(150 * 2, 0.25);
  for (size_t row : {40, 41, 149}) targets[row * 2] = 1e13;
  one.data = {{tableOf(Format::float64, inputs, 5)}, tableOf(Format::float64, targets, 2), nullptr, nullptr};
  CHECK(one.run(kConstant).status == Status::completed);
  CHECK(one.distanceToPlain(kConstant) < 1e-9);
}

TEST_CASE("a run on single examples ends before the one whose loss is not finite") {
  Example example(false);
  std::vector<double> inputs(150 * 5, 0.5), targets(150 * 2, 0.25);
  targets[40 * 2] = 1e200;
  example.options.run.order = Sampler::Order::sequential;
  example.data = {{tableOf(Format::float64, inputs, 5)}, tableOf(Format::float64, targets, 2), nullptr, nullptr};
  const RunOutcome outcome = example.run(kConstant);
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.message.starts_with("the loss became infinite at step 41 (epoch 1)"));
  CHECK(example.snapshot->read()->step == 40);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
