// Saved states of optimizers: a state without a fault can be stepped on from, read out, and caught up.
#include <vector>

#include "changed_arrays.h"
#include "optimizers/optimizer.h"

namespace glissade {
namespace {

/// An optimizer of two arrays, one of which takes sparse gradients.
class Example {
 public:
  explicit Example(Input& input) : optimizer_(optionsOf(input), shapes()), theta_(kSize), state_(stateSize()) {
    for (size_t i = 0; i < kSize; ++i) theta_[i] = 0.1f * static_cast<float>(i % 7);
    record_.resize(optimizer_.recordLength());
  }

  void run(Input& input) {
    for (int t = 0; t < 3; ++t) step(t % 2 == 0);
    changeArrays(input, optimizer_.layout().entries(), state());
    if (!optimizer_.faultOf(kernels(), state()).empty()) return;
    optimizer_.recall(kernels(), state());
    for (int t = 0; t < 4; ++t) step(t % 2 == 1);
    Real* const parameters[] = {theta_.data(), theta_.data() + kFirst};
    std::vector<Real> points(kSize);
    Real* const into[] = {points.data(), points.data() + kFirst};
    const Lent<Real> lent{nullptr, parameters, state()};
    optimizer_.points().evaluation(kernels(), Member(0, 1), record_.data(), lent, into);
    optimizer_.points().gradient(kernels(), Member(0, 1), record_.data(), lent, into);
    SparseUpdates<Real>::Walk walk;
    while (optimizer_.sparse().catchUp(kernels(), Member(0, 1), lent, optimizer_.stepsOf(state()), walk))
      ;
  }

 private:
  using Real = float;
  static constexpr size_t kRows = 9, kColumns = 2, kFirst = 4100, kSize = kFirst + kRows * kColumns;

  static std::vector<Parameter> shapes() {
    return {{.shape = {kFirst}}, {.shape = {kRows, kColumns}, .mayBeSparse = true}};
  }
  static OptimizerOptions optionsOf(Input& input) {
    const char* const rules[] = {"sgd", "sgd.momentum", "adam", "adamw", "adagrad"};
    OptimizerOptions options;
    options.rules = {rules[input.below(std::size(rules))]};
    const auto flags = input.next<uint8_t>();
    options.averages = flags & 1;
    options.hasSlowWeights = flags & 2;
    options.scheduled = flags & 4;
    options.rowsRest = flags & 8;
    options.state = flags & 16 ? Encoding::bfloat16 : flags & 32 ? Encoding::uint8 : Encoding::plain;
    return options;
  }
  size_t stateSize() const { return optimizer_.layout().bytes() / sizeof(double) + 1; }
  std::byte* state() { return reinterpret_cast<std::byte*>(state_.data()); }

  void step(bool isSparse) {
    std::fill(record_.begin(), record_.end(), 0.01);
    std::vector<Real> numbers(kSize, 0.5f);
    const std::vector<uint32_t> rows{1, 7};
    const Gradient gradients[] = {{numbers.data()}, {numbers.data(), false, isSparse ? &rows : nullptr}};
    Real* const parameters[] = {theta_.data(), theta_.data() + kFirst};
    optimizer_.sparse().reserve(gradients);
    optimizer_.step(kernels(), Member(0, 1), record_.data(), 1, true, {gradients, parameters, state()});
  }

  Optimizer<Real> optimizer_;
  std::vector<Real> theta_;
  std::vector<double> state_, record_;
};

}  // namespace
}  // namespace glissade

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  glissade::Input input(bytes, size);
  glissade::Example(input).run(input);
  return 0;
}
