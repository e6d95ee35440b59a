// Images of trainers: a trainer resumes from any image without a fault.
#include "training/runs/trainer_image.h"

#include <numeric>
#include <vector>

#include "changed_arrays.h"
#include "examples.h"
#include "training/plain.h"
#include "training/steps/online.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace glissade;
  static const Dataset data = classified(5, 6, 4, 2);
  static const auto network = chain<float>({6, 5, 4}, {Activation::relu, Activation::identity});
  Input input(bytes, size);
  const auto flags = input.next<uint8_t>();
  Buffer<float> parameters = initialParameters(*network, 3);
  TrainerOptions options{.scoring = {Loss::crossEntropy, true},
                         .optimizer = {.rules = {"adam", "adam"}, .averages = (flags & 1) != 0},
                         .tensors = weightsAndBiases(2),
                         .mayResume = true};
  options.optimizer.accumulates = flags & 2;
  options.accumulate = flags & 2 ? 2 : 1;
  options.optimizer.clipping = flags & 4 ? Clipping::norm : Clipping::none;
  const auto trainer = std::make_shared<Trainer<float>>(network, parameters.data(), options);
  const TrainerImage<float> image(trainer, TrainerImage<float>::Best::kept);
  Buffer<std::byte> memory(image.bytes());
  std::vector<double> record(trainer->model().recordLength(), 0.01);
  const auto step = [&] { stepOnline(*trainer, data, record.data()); };
  for (int i = 0; i < 3; ++i) step();
  image.save(Member(0, 1), {}, nullptr, memory.data());
  changeArrays(input, image.entries(), memory.data());
  if (!image.faultOf(memory.data()).empty()) return 0;
  image.restore(memory.data());
  for (int i = 0; i < 3; ++i) step();
  return 0;
}
