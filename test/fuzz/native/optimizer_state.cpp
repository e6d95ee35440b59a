// Saved states of optimizers: a state without a fault can be used for steps, read, and caught up.
#include <vector>

#include "changed_arrays.h"
#include "optimizers/optimizer.h"

namespace glissade {
namespace {

/// An optimizer of two arrays, one of which takes sparse gradients.
class Example {
 public:
  explicit Example(Input& input) : Example(optionsOf(input)) {}

  void run(Input& input) {
    for (int t = 0; t < 3; ++t) step(t % 2 == 0);
    changeArrays(input, optimizer_.layout().entries(), state());
    if (!optimizer_.faultOf(kernels(), state()).empty()) return;
    optimizer_.recall(kernels(), state());
    for (int t = 0; t < 4; ++t) step(t % 2 == 1);
    Real* const parameters[] = {theta_.data(), theta_.data() + first_};
    std::vector<Real> points(theta_.size());
    Real* const into[] = {points.data(), points.data() + first_};
    const StepArrays<Real> arrays{nullptr, parameters, state()};
    optimizer_.points().evaluation(kernels(), Member(0, 1), record_.data(), arrays, into);
    optimizer_.points().gradient(kernels(), Member(0, 1), record_.data(), arrays, into);
    SparseUpdates<Real>::Progress progress;
    while (optimizer_.sparse().catchUp(kernels(), Member(0, 1), arrays, optimizer_.stepsOf(state()), progress))
      ;
  }

 private:
  using Real = float;
  static constexpr size_t kRows = 9, kColumns = 2;

  explicit Example(const OptimizerOptions& options)
      : first_(firstFor(options)),
        optimizer_(options, shapes(first_)),
        theta_(first_ + kRows * kColumns),
        state_(stateSize()) {
    for (size_t i = 0; i < theta_.size(); ++i) theta_[i] = 0.1f * static_cast<float>(i % 7);
    record_.resize(optimizer_.recordLength());
  }

  /// States of 8 bits have blocks of 4,096 numbers; a short array, which is faster, covers everything else.
  static size_t firstFor(const OptimizerOptions& options) { return options.state == Encoding::uint8 ? 4100 : 70; }
  static std::vector<Parameter> shapes(size_t first) {
    return {{.shape = {first}}, {.shape = {kRows, kColumns}, .mayBeSparse = true}};
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
    std::vector<Real> numbers(theta_.size(), 0.5f);
    const std::vector<uint32_t> rows{1, 7};
    const Gradient gradients[] = {{numbers.data()}, {numbers.data(), false, isSparse ? &rows : nullptr}};
    Real* const parameters[] = {theta_.data(), theta_.data() + first_};
    optimizer_.sparse().reserve(gradients);
    optimizer_.step(kernels(), Member(0, 1), record_.data(), 1, true, {gradients, parameters, state()});
  }

  size_t first_;
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
