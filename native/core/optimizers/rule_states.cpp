#include "optimizers/rule_states.h"

#include <algorithm>
#include <utility>

namespace glissade {
namespace {

// Low precision would save little memory in smaller arrays.
constexpr size_t kLeastEncoded = 4096;

/// The offset of the dither in step t. Eight steps divide the dither's period evenly, in the order of van der Corput:
/// rounding errors of successive steps cancel. The next eight begin at a hash (lowbias32, C. Wellons), which keeps the
/// pattern from interfering with patterns of elements or gradients.
uint32_t stepDither(int64_t t) {
  constexpr uint32_t kTurns[] = {0, 4, 2, 6, 1, 5, 3, 7};
  auto x = static_cast<uint32_t>(t / 8);
  x = (x ^ x >> 16) * 0x7FEB352D;
  x = (x ^ x >> 15) * 0x846CA68B;
  return (x ^ x >> 16) + (kTurns[t % 8] << 29);
}

}  // namespace

template <typename Real>
RuleStates<Real>::RuleStates(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups,
                             Encoding encoding, StateLayout& layout)
    : parameters_(std::move(parameters)), stored_(parameters_->count()) {
  bool isAny = true;
  for (int s = 0; isAny; ++s) {
    isAny = false;
    for (size_t i = 0; i < stored_.size(); ++i) {
      const Rule<Real>& rule = groups.ruleOfArray(kernels(), i);
      if (s >= rule.stateCount) continue;
      add(rule, rule.states[s], i, encoding, layout);
      isAny = true;
    }
  }
}

template <typename Real>
void RuleStates<Real>::add(const Rule<Real>& rule, const State& state, size_t array, Encoding encoding,
                           StateLayout& layout) {
  StoredState stored{};
  stored.name = state.name;
  const Parameter& parameter = (*parameters_)[array];
  const bool isEmpty = parameter.frozen || parameters_->lengthOf(array) == 0;
  stored.length = isEmpty ? 0 : matricesOf(rule.replacement, parameter).lengthOf(state.extent);
  stored.isElementwise = state.extent == Extent::element;
  stored.isSigned = state.moment == Moment::signedMoment;
  stored.isSquare = state.isSquare || state.moment == Moment::unsignedMoment;
  stored.encoding = state.moment != Moment::none && stored.length >= kLeastEncoded ? encoding : Encoding::plain;
  const NumberType type = stored.isUnencoded()                    ? kNumberType<Real>
                          : stored.encoding == Encoding::bfloat16 ? NumberType::bfloat16
                                                                  : NumberType::uint8;
  stored.offset = layout.add(stored.name, array, type, stored.length);
  if (stored.encoding == Encoding::uint8)
    stored.scales = layout.add(stored.name + ".scale", array, NumberType::float32, stored.scaleCount());
  stored_[array].push_back(std::move(stored));
}

template <typename Real>
void RuleStates<Real>::begin(size_t array, std::byte* state, Real** states, size_t element) const {
  const std::vector<StoredState>& all = stored_[array];
  for (size_t s = 0; s < std::min<size_t>(all.size(), kMaxStates); ++s)
    states[s] = all[s].template plain<Real>(state) + (all[s].isElementwise ? element : 0);
}

template <typename Real>
Encoding RuleStates<Real>::encodingOf(size_t array) const {
  for (const StoredState& stored : stored_[array])
    if (!stored.isUnencoded()) return stored.encoding;
  return Encoding::plain;
}

/// The dither of a block's first element in step t.
template <typename Real>
uint32_t RuleStates<Real>::ditherAt(const ArrayRange& block, int64_t t) const {
  return static_cast<uint32_t>(parameters_->offsetOf(block.array) + block.begin) * kElementDither + stepDither(t);
}

template <typename Real>
EncodedStates RuleStates<Real>::encoded(const ArrayRange& range, std::byte* state, int64_t t) const {
  const std::vector<StoredState>& all = stored_[range.array];
  EncodedStates encoded{};
  encoded.dither = ditherAt(range, t);
  for (size_t s = 0; s < all.size() && all[s].isElementwise; ++s) {
    encoded.places[s] = state + all[s].offset + range.begin * all[s].template width<Real>();
    encoded.scales[s] = all[s].encoding == Encoding::uint8 ? all[s].scalesAt(range.begin, state) : nullptr;
  }
  return encoded;
}

template <typename Real>
void RuleStates<Real>::decode(const Kernels& kernels, const ArrayRange& block, std::byte* state, Buffers& buffers,
                              Real** states) const {
  const std::vector<StoredState>& all = stored_[block.array];
  for (size_t s = 0; s < all.size(); ++s) {
    if (!all[s].isElementwise) continue;
    states[s] = all[s].isUnencoded() ? all[s].template plain<Real>(state) + block.begin : buffers[s];
    if (!all[s].isUnencoded()) all[s].decode(kernels, block, state, buffers[s]);
  }
}

template <typename Real>
void RuleStates<Real>::encode(const Kernels& kernels, const ArrayRange& block, std::byte* state, int64_t t,
                              Real* const* states) const {
  const std::vector<StoredState>& all = stored_[block.array];
  for (size_t s = 0; s < all.size(); ++s)
    if (!all[s].isUnencoded()) all[s].encode(kernels, block, state, ditherAt(block, t), states[s]);
}

template <typename Real>
void RuleStates<Real>::start(const ArrayRange& block, const State* states, const Real* theta, std::byte* state) const {
  for (size_t s = 0; s < stored_[block.array].size(); ++s)
    if (states[s].startsAsTheta)
      std::copy_n(theta, block.count(), stored_[block.array][s].template plain<Real>(state) + block.begin);
}

template <typename Real>
void RuleStates<Real>::prefetch(const ArrayRange& block, std::byte* state) const {
  for (const StoredState& stored : stored_[block.array])
    if (stored.isElementwise) {
      const size_t width = stored.template width<Real>();
      prefetchBytes(state + stored.offset + block.begin * width, block.count() * width);
    }
}

template <typename Real>
Real RuleStates<Real>::magnitude(const Kernels& kernels, const ArrayRange& block, std::byte* state) const {
  Real largest = 0;
  read(kernels, block, state, [&](Real* const* states) {
    for (size_t s = 0; s < stored_[block.array].size(); ++s)
      if (stored_[block.array][s].isElementwise)
        largest = std::max(largest, kernels.of<Real>().magnitude(states[s], block.count()));
  });
  return largest;
}

template <typename Real>
std::string RuleStates<Real>::faultOf(const Kernels& kernels, std::byte* state) const {
  for (size_t i = 0; i < stored_.size(); ++i)
    for (const StoredState& stored : stored_[i]) {
      if (stored.encoding == Encoding::uint8) {
        const float* const scales = stored.scalesAt(0, state);
        if (std::any_of(scales, scales + stored.scaleCount(), [](float scale) { return scale < 0; }))
          return stored.name + ".scale." + std::to_string(i) + " is negative";
      } else if (stored.isSquare && stored.template hasNegative<Real>(kernels, state)) {
        return stored.name + "." + std::to_string(i) + " is negative, but is made of squares";
      }
    }
  return "";
}

template class RuleStates<float>;
template class RuleStates<double>;

}  // namespace glissade
