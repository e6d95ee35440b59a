#include "optimizers/parts.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace glissade {
namespace {

// An update of several stages takes a chunk of an array through all of them before the next chunk. Chunks are short: a
// later one is prefetched while one is updated.
constexpr size_t kChunk = kScaleBlock, kAhead = 2 * kChunk;

}  // namespace

template <typename Real>
OptimizerParts<Real>::OptimizerParts(OptimizerOptions given, std::vector<Parameter> arrays)
    : options(std::move(given)),
      parameters(std::make_shared<const Parameters>(std::move(arrays))),
      groups(options.rules, parameters),
      states(parameters, groups, options.state, layout),
      sparse(parameters, groups, states, options, layout),
      average(*parameters, options.averages, layout),
      slow(*parameters, options.hasSlowWeights, layout),
      accumulation(parameters, options.accumulates, layout),
      scalars(parameters, groups, layout),
      clip(parameters, options),
      directions(parameters, groups),
      counters_(layout.add("counters", StateEntry::kOfAll, NumberType::float64, sizeof(Counters) / sizeof(double))) {}

template <typename Real>
void OptimizerParts<Real>::prepare(const Kernels& kernels, const double* record, std::byte* state) {
  std::memcpy(&settings, record, sizeof settings);
  if (!average.isOn()) settings.averageWeight = 0;
  if (!slow.isOn()) settings.slowWeight = 0;
  t = stepsOf(state) + 1;
  scalars.prepare(kernels, groups, record, t, state);
}

template <typename Real>
void OptimizerParts<Real>::prepareStep(const Kernels& kernels, const double* record, std::optional<double> norm,
                                       const StepArrays<Real>& arrays) {
  prepare(kernels, record, arrays.state);
  Counters& counts = counters(arrays.state);
  const double sum = options.accumulates ? counts.accumulated : 1;
  const double mean = sum > 0 ? 1 / sum : 0;  // gradients of weight 0 count as 0
  double scale = options.maximize ? -mean : mean;
  if (norm) counts.gradientNorm = *norm * mean;
  if (options.clipping == Clipping::norm && counts.gradientNorm > settings.clip)
    scale *= settings.clip / counts.gradientNorm;
  clip.prepare(scale, settings.clip);
}

template <typename Real>
void OptimizerParts<Real>::start(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays) const {
  parameters->forEachBlock(member, [&](const ArrayRange& block) {
    const Real* const theta = arrays.parameters[block.array] + block.begin;
    slow.start(block, theta, arrays.state);
    states.start(block, groups.ruleOfArray(kernels, block.array).states, theta, arrays.state);
  });
}

template <typename Real>
void OptimizerParts<Real>::update(const Kernels& kernels, const ArrayRange& range, const Gradient& gradient,
                                  const StepArrays<Real>& arrays) const {
  const bool goesInOneSweep = !directions.isReplaced(range.array) && clip.readsInPlace(gradient) &&
                              settings.averageWeight == 0 && !slow.isOn() && hasSweep(kernels, range.array);
  if (goesInOneSweep) return sweep(kernels, range, {gradient.at<Real>(range.begin), clip.scale()}, arrays);
  for (size_t begin = range.begin; begin < range.end; begin += kChunk) {
    if (const size_t next = begin + kAhead; next < range.end)
      prefetch({range.array, next, std::min(range.end, next + kChunk)}, gradient, arrays);
    updateChunk(kernels, {range.array, begin, std::min(range.end, begin + kChunk)}, gradient, arrays);
  }
}

/// Whether the rule can go through an array's states as they are stored.
template <typename Real>
bool OptimizerParts<Real>::hasSweep(const Kernels& kernels, size_t array) const {
  return states.encodingOf(array) == Encoding::plain || groups.ruleOfArray(kernels, array).updateEncoded;
}

template <typename Real>
void OptimizerParts<Real>::sweep(const Kernels& kernels, const ArrayRange& range, const Scaled<Real>& direction,
                                 const StepArrays<Real>& arrays) const {
  const Rule<Real>& rule = groups.ruleOfArray(kernels, range.array);
  const void* const ofArray = scalars.of(range.array);
  Real* const theta = arrays.parameters[range.array] + range.begin;
  if (const Encoding encoding = states.encodingOf(range.array); encoding != Encoding::plain)
    return rule.updateEncoded(encoding, ofArray, direction.scale, direction.values, theta,
                              states.encoded(range, arrays.state, t), range.count());
  Real* begins[kMaxStates];
  states.begin(range.array, arrays.state, begins, range.begin);
  rule.update(ofArray, direction.scale, direction.values, theta, begins, 0, range.count());
}

template <typename Real>
void OptimizerParts<Real>::updateChunk(const Kernels& kernels, const ArrayRange& chunk, const Gradient& gradient,
                                       const StepArrays<Real>& arrays) const {
  Real* const theta = arrays.parameters[chunk.array] + chunk.begin;
  Real buffer[Parameters::kBlock];
  const auto direction = directions.of(kernels, clip, chunk, gradient, buffer);
  if (hasSweep(kernels, chunk.array))
    sweep(kernels, chunk, direction, arrays);
  else
    states.update(kernels, chunk, arrays.state, t, [&](Real* const* ofChunk) {
      groups.ruleOfArray(kernels, chunk.array)
          .update(scalars.of(chunk.array), direction.scale, direction.values, theta, ofChunk, 0, chunk.count());
    });
  slow.pull(kernels, chunk, settings.slowWeight, theta, arrays.state);
  average.follow(kernels, chunk, settings.averageWeight, theta, arrays.state);
}

/// Prefetches a later chunk: chunks are too short for the hardware to prefetch them.
template <typename Real>
void OptimizerParts<Real>::prefetch(const ArrayRange& chunk, const Gradient& gradient,
                                    const StepArrays<Real>& arrays) const {
  const size_t width = gradient.isBfloat16 ? 2 : sizeof(Real);
  prefetchBytes(arrays.parameters[chunk.array] + chunk.begin, chunk.count() * sizeof(Real));
  prefetchBytes(static_cast<const std::byte*>(gradient.data) + (chunk.begin - gradient.first) * width,
                chunk.count() * width);
  states.prefetch(chunk, arrays.state);
}

template <typename Real>
void OptimizerParts<Real>::finish(std::byte* state) const {
  scalars.finish(state);
  Counters& counts = counters(state);
  counts.steps += 1;
  counts.accumulated = 0;
}

template struct OptimizerParts<float>;
template struct OptimizerParts<double>;

}  // namespace glissade
