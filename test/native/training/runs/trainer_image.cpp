#include "training/runs/trainer_image.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "bits.h"
#include "examples.h"
#include "on_team.h"
#include "training/plain.h"
#include "training/steps/online.h"

namespace glissade {
namespace {

using Best = TrainerImage<float>::Best;

const std::vector<double> kAdam = recordOf({1e-2, 0.9, 0.999, 1e-8, 0, 1e-2, 0.9, 0.999, 1e-8, 0});

/// A trainer on five rows, and its image.
struct Example {
  Dataset data = classified(5, 6, 4, 2);
  std::shared_ptr<const Network<float>> network = chain<float>({6, 20, 4}, {Activation::relu, Activation::identity});
  Buffer<float> parameters = initialParameters(*network, 3);
  std::shared_ptr<Trainer<float>> trainer =
      std::make_shared<Trainer<float>>(network, parameters.data(),
                                       TrainerOptions{.scoring = {Loss::crossEntropy, true},
                                                      .optimizer = {.rules = {"adam", "adam"}, .averages = true},
                                                      .tensors = weightsAndBiases(2),
                                                      .mayResume = true});
  TrainerImage<float> image{trainer, Best::kept};
  Buffer<std::byte> memory{image.bytes()};

  void step(int times) {
    std::vector<double> record = kAdam;
    for (int i = 0; i < times; ++i) {
      record[1] = i == 0 ? 1 : 0.3;  // weight of the average
      CHECK(stepOnline(*trainer, data, record.data()) == Trainer<float>::Outcome::stepped);
    }
  }
  void save(size_t members, const RunPosition& position = {}) {
    std::fill_n(memory.data(), memory.size(), std::byte{0});
    const std::vector<float> best(network->parameterCount(), 0.25f);
    onTeam(members, [&](const Member& member) { image.save(member, position, best.data(), memory.data()); });
  }
  template <typename Item>
  Item* array(const std::string& name) {
    for (const StateEntry& entry : image.entries())
      if (entry.name == name) return reinterpret_cast<Item*>(memory.data() + entry.offset);
    FAIL("no array has this name");
    return nullptr;
  }
};

TEST_SUITE_BEGIN("training");

TEST_CASE("an image has the same bytes for teams of any size, at multiples of 64 bytes") {
  Example example;
  example.step(3);
  RunPosition position{};
  position.epochsEnded = 2;
  position.elapsedSeconds = 1.5;
  example.save(1, position);
  const std::vector<std::byte> alone(example.memory.data(), example.memory.data() + example.memory.size());
  for (const size_t members : {2, 3}) {
    example.save(members, position);
    CHECK(std::memcmp(alone.data(), example.memory.data(), alone.size()) == 0);
  }
  for (const StateEntry& entry : example.image.entries()) CHECK(entry.offset % 64 == 0);
  CHECK(example.array<RunPosition>("run")->epochsEnded == 2);
  CHECK(example.array<RunPosition>("run")->elapsedSeconds == 1.5);
  CHECK(example.array<float>("best")[7] == 0.25f);
  CHECK(example.array<double>("trainer")[0] == 3);
}

TEST_CASE("another trainer continues from an image with the same bits, and shows the evaluation parameters") {
  Example example, other;
  example.step(4);
  example.save(2);
  CHECK(other.image.bytes() == example.image.bytes());
  CHECK(other.image.faultOf(example.memory.data()) == "");
  other.image.restore(example.memory.data());
  CHECK(other.trainer->counts().steps == 4);
  CHECK(difference(other.parameters, example.parameters) == "");
  for (Example* each : {&example, &other}) each->step(3);
  CHECK(difference(other.parameters, example.parameters) == "");
  example.save(1);
  other.save(1);
  CHECK(std::memcmp(other.memory.data(), example.memory.data(), other.memory.size()) == 0);
}

TEST_CASE("an image that no trainer can have written is refused") {
  Example example;
  example.step(2);
  example.save(1);
  const std::vector<std::byte> whole(example.memory.data(), example.memory.data() + example.memory.size());
  CHECK(example.image.faultOf(example.memory.data()) == "");
  const double infinity = std::numeric_limits<double>::infinity();
  const auto expectFault = [&](auto change) {
    change();
    CHECK(example.image.faultOf(example.memory.data()) != "");
    std::copy(whole.begin(), whole.end(), example.memory.data());
  };
  for (size_t i = 0; i < 5; ++i)
    for (const double value : {-1.0, 0.5, infinity, std::numeric_limits<double>::quiet_NaN()}) {
      CAPTURE(i);
      CAPTURE(value);
      expectFault([&] { example.array<double>("trainer")[i] = value; });
    }
  expectFault([&] { example.array<double>("trainer")[0] = 3; });  // a number of steps different from the optimizer's
  expectFault([&] { example.array<double>("trainer")[4] = 3; });  // overwritten in a future step
  expectFault([&] { example.array<double>("trainer")[3] = 1; });  // minibatches wait, but nothing accumulates
  expectFault([&] { example.array<float>("parameters")[5] = static_cast<float>(infinity); });
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
