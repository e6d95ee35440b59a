// No memory is allocated from step to step.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <numeric>

#include "models/architectures.h"
#include "on_team.h"
#include "training/curvature_probe.h"
#include "training/plain.h"

namespace {
std::atomic<size_t> allocations{0};

void* counted(size_t size, size_t alignment) {
  ++allocations;
  void* const memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}
}  // namespace

void* operator new(size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(size_t size, std::align_val_t alignment) { return counted(size, size_t(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

namespace glissade {
namespace {

void checkSteps(const std::shared_ptr<const Network<float>>& network, const Dataset& data,
                std::initializer_list<Precision> precisions) {
  std::vector<uint32_t> rows(60);
  std::iota(rows.begin(), rows.end(), 0u);
  const std::vector<double> row = rowOf({1e-3, 0.9, 0.999, 1e-8, 0, 1e-3, 0.9, 0.999, 1e-8, 0});
  for (const Precision precision : precisions)
    for (const Clipping clipping : {Clipping::none, Clipping::norm})
      for (const size_t members : {1, 2}) {
        CAPTURE(int(precision));
        CAPTURE(int(clipping));
        CAPTURE(members);
        Buffer<float> parameters = initialParameters(*network, 3);
        TrainerOptions options{.scoring = {Loss::crossEntropy, true},
                               .optimizer = {.rules = {"adam", "adam"}, .clipping = clipping},
                               .tensors = treatmentsFor(*network)};
        options.precision = precision;
        Trainer<float> trainer(network, parameters.data(), options);
        trainer.reserve(60);
        size_t before = 0, after = 0;
        onTeam(members, [&](const Member& member) {
          for (int step = 0; step < 40; ++step) {
            if (member.isFirst()) {
              if (step == 3) before = allocations;
              trainer.prepare(member, {&data, rows.data(), size_t(step % 2 ? 60 : 11), false}, row.data());
            }
            member.barrier();
            trainer.step(member);
            if (member.isFirst()) trainer.conclude();
            member.barrier();
          }
          if (member.isFirst()) after = allocations;
        });
        CHECK(before > 0);
        CHECK(after == before);
      }
}

TEST_SUITE_BEGIN("training");

TEST_CASE("steps allocate nothing once the first are taken") {
  checkSteps(chain<float>({60, 70, 40, 4}, {Activation::gelu, Activation::relu, Activation::identity}), images(60, 1),
             {Precision::full, Precision::bfloat16});
  checkSteps(everyLayer<float>(Activation::gelu), images(60, 1), {Precision::full});
}

TEST_CASE("a look at the curvature allocates nothing once it has begun") {
  const auto network = everyLayer<float>(Activation::gelu);
  const Buffer<float> parameters = initialParameters(*network, 3);
  CurvatureProbe<float> probe(kernels(), network, images(2 * network->forwardRows() + 5, 1),
                              {Loss::crossEntropy, false}, 50);
  for (const size_t members : {1, 2}) {
    CAPTURE(members);
    probe.begin(parameters.data());
    size_t before = 0, after = 0;
    onTeam(members, [&](const Member& member) {
      if (member.isFirst()) before = allocations;
      member.barrier();
      while (probe.advance(member)) member.barrier();
      if (member.isFirst()) after = allocations;
    });
    CHECK(before > 0);
    CHECK(after == before);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
