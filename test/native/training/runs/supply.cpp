// Runs with hyperparameters that differ from step to step, and are supplied in chunks.
#include <doctest/doctest.h>

#include "bits.h"
#include "examples.h"
#include "on_team.h"
#include "training/followed.h"
#include "training/plain.h"

namespace glissade {
namespace {

using Status = RunOutcome::Status;

constexpr int64_t kSteps = 24;  // 6 minibatches in each of 4 epochs

const Schedule kDecaying = [](int64_t step) {
  const double rate = 0.1 / double(1 + step);
  return recordOf({rate, 0.01, rate, 0});
};

/// The records of steps [begin, end).
std::vector<double> rows(int64_t begin, int64_t end) {
  std::vector<double> list;
  for (int64_t step = begin; step < end; ++step)
    for (const double value : kDecaying(step)) list.push_back(value);
  return list;
}

PlainOptions tenRowsAtATime() {
  return {.trainer = {.scoring = {Loss::squared, false},
                      .optimizer = {.rules = {"sgd", "sgd"}},
                      .tensors = weightsAndBiases(2)},
          .run = {.batchSize = 10, .epochs = 4, .seed = 1, .order = Sampler::Order::permuted, .scheduled = true}};
}

struct Example {
  PlainOptions options = tenRowsAtATime();
  Dataset data = regressed(60, 3, 2, 1);
  std::shared_ptr<const Network<double>> network = chain<double>({3, 8, 2}, {Activation::tanh, Activation::identity});
  Buffer<double> parameters = initialParameters(*network, 3);
  std::shared_ptr<Run> run = runOf(network, parameters, std::make_shared<Snapshot<double>>(), data, options);

  std::string differenceToPlain(int64_t steps = kSteps) const {
    Buffer<double> plain = initialParameters(*network, 3);
    trainPlainly(*network, plain, data, options, kDecaying, steps);
    return difference(parameters, plain);
  }
};

/// Waits until a run with records for `steps` steps has used them up and is parked: each passBy() waits for a slice.
void letPark(Run& run, int64_t steps) {
  while (run.progress().steps < steps) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) passBy();
}

TEST_SUITE_BEGIN("training");

TEST_CASE("every step has its own hyperparameters") {
  Example example;
  REQUIRE(example.run->totalSteps() == kSteps);
  example.run->supply(rows(0, kSteps));
  Followed followed(example.run);
  CHECK(followed.end().status == Status::completed);
  CHECK(followed.requestsForRecords() == 0);  // all records were supplied
  CHECK(example.differenceToPlain() == "");
}

TEST_CASE("records can arrive in chunks of any size") {
  Example example;
  for (int64_t begin = 0, size = 1; begin < kSteps; begin += size++)
    example.run->supply(rows(begin, std::min(begin + size, kSteps)));
  CHECK(Followed(example.run).end().status == Status::completed);
  CHECK(example.differenceToPlain() == "");
}

TEST_CASE("a run without records waits, and continues with the same bits") {
  for (const size_t members : {1, 2}) {
    CAPTURE(members);
    Engine::instance().configure(members, {});
    Example example;
    Followed followed(example.run);
    int64_t supplied = 0;
    for (const int64_t chunk : {5, 1, 1, 10, 7}) {
      letPark(*example.run, supplied);
      CHECK(example.run->progress().steps == supplied);
      example.run->supply(rows(supplied, supplied + chunk));
      supplied += chunk;
    }
    CHECK(followed.end().status == Status::completed);
    CHECK(example.differenceToPlain() == "");
  }
}

TEST_CASE("a run requests records when it starts the last chunk, and not again before it gets some") {
  Example example;
  example.run->supply(rows(0, 4));
  example.run->supply(rows(4, 8));
  Followed followed(example.run);
  letPark(*example.run, 8);
  CHECK(followed.requestsForRecords() == 1);
  example.run->supply(rows(8, 9));
  letPark(*example.run, 9);
  CHECK(followed.requestsForRecords() == 2);
  example.run->supply(rows(9, kSteps));
  CHECK(followed.end().status == Status::completed);
  CHECK(followed.requestsForRecords() == 2);
}

TEST_CASE("a listener that supplies the requested records keeps the run going") {
  Example example;
  example.run->supply(rows(0, 2));
  int64_t supplied = 2;
  Followed followed(example.run, [&](const RunNews& news) {
    if (!news.wantsRecords) return;
    const int64_t end = std::min(supplied + 3, kSteps);
    example.run->supply(rows(supplied, end));
    supplied = end;
  });
  CHECK(followed.end().status == Status::completed);
  CHECK(supplied == kSteps);
  CHECK(example.differenceToPlain() == "");
}

TEST_CASE("a waiting run can be stopped") {
  Example example;
  example.run->supply(rows(0, 7));
  Followed followed(example.run);
  letPark(*example.run, 7);
  example.run->stop();
  CHECK(followed.end().status == Status::stopped);
  CHECK(example.run->progress().steps == 7);
  CHECK(example.differenceToPlain(7) == "");
}

TEST_CASE("records and stops can come from any thread at any time") {
  for (int attempt = 0; attempt < 50; ++attempt) {
    Example example;
    Followed followed(example.run);
    std::thread supplier([&] {
      for (int64_t step = 0; step < kSteps; ++step) example.run->supply(rows(step, step + 1));
    });
    if (attempt % 2 == 0) {
      while (example.run->progress().steps < attempt / 2 % kSteps) std::this_thread::yield();
      example.run->stop();
    }
    supplier.join();
    const RunOutcome& outcome = followed.end();
    CHECK((outcome.status == Status::completed || (attempt % 2 == 0 && outcome.status == Status::stopped)));
    CHECK(example.differenceToPlain(example.run->progress().steps) == "");
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
