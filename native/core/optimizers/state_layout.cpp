#include "optimizers/state_layout.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace glissade {
namespace {

// A smaller array's low-precision state would save little.
constexpr size_t kLeastEncoded = 4096;

template <typename Real>
constexpr NumberType kNumberType = sizeof(Real) == sizeof(double) ? NumberType::float64 : NumberType::float32;

constexpr size_t ceilTo(size_t x, size_t multiple) { return (x + multiple - 1) / multiple * multiple; }

size_t sizeOf(NumberType type) {
  switch (type) {
    case NumberType::float64: return 8;
    case NumberType::float32:
    case NumberType::uint32: return 4;
    case NumberType::bfloat16: return 2;
    default: return 1;
  }
}

/// The dither's offset in step t. Eight steps in turn divide its period evenly, neighbours far apart (van der Corput),
/// so that rounding errors of successive steps cancel; each eight begin at another place (lowbias32, C. Wellons), lest
/// the pattern beat with those of elements or gradients.
uint32_t stepDither(int64_t t) {
  constexpr uint32_t kTurns[] = {0, 4, 2, 6, 1, 5, 3, 7};
  auto x = static_cast<uint32_t>(t / 8);
  x = (x ^ x >> 16) * 0x7FEB352D;
  x = (x ^ x >> 15) * 0x846CA68B;
  return (x ^ x >> 16) + (kTurns[t % 8] << 29);
}

void* codesAt(const StoredState& stored, const Piece& block, std::byte* state) {
  return state + stored.offset + block.begin * (stored.encoding == Encoding::bfloat16 ? 2 : 1);
}

float* scalesAt(const StoredState& stored, const Piece& block, std::byte* state) {
  static_assert(Parameters::kBlock % kScaleBlock == 0);
  return reinterpret_cast<float*>(state + stored.scales) + block.begin / kScaleBlock;
}

}  // namespace

template <typename Real>
StateLayout<Real>::StateLayout(std::shared_ptr<const Parameters> parameters, const OptimizerOptions& options,
                               const std::vector<const Rule<Real>*>& rules, const std::vector<size_t>& tableLengths,
                               const std::vector<size_t>& recordLengths, std::vector<Total> totals)
    : parameters_(std::move(parameters)),
      encoding_(options.state),
      stored_(parameters_->count()),
      tables_(parameters_->count()),
      records_(recordLengths.size()),
      rangesOfTotals_(std::move(totals)) {
  const size_t count = parameters_->count();
  for (int s = 0; s < kMaxStates; ++s)
    for (size_t i = 0; i < count; ++i)
      if (s < rules[i]->stateCount) placeStates(rules[i]->states[s], i);
  for (size_t i = 0; i < count; ++i)
    if (tableLengths[i] > 0) tables_[i] = place("lastStep", i, NumberType::uint32, 2 * tableLengths[i]);
  for (size_t group = 0; group < records_.size(); ++group)
    if (recordLengths[group] > 0)
      records_[group] =
          place("history." + std::to_string(group), StatePlace::kOfAll, NumberType::float64, recordLengths[group]);
  const auto placeLike = [&](const char* name, std::vector<size_t>& offsets) {
    for (size_t i = 0; i < count; ++i)
      offsets.push_back(place(name, i, kNumberType<Real>, (*parameters_)[i].frozen ? 0 : parameters_->lengthOf(i)));
  };
  if (options.averages) placeLike("average", average_);
  if (options.looksBack) placeLike("slow", slow_);
  if (options.accumulates) placeLike("accumulated", accumulated_);
  if (!rangesOfTotals_.empty())
    totals_ = place("totals", StatePlace::kOfAll, NumberType::float64, rangesOfTotals_.size());
  counters_ = place("counters", StatePlace::kOfAll, NumberType::float64, sizeof(Counters) / sizeof(double));
}

template <typename Real>
size_t StateLayout<Real>::place(std::string name, size_t array, NumberType type, size_t length) {
  const size_t offset = ceilTo(bytes_, 64);
  places_.push_back({std::move(name), array, type, offset, length});
  bytes_ = offset + length * sizeOf(type);
  return offset;
}

template <typename Real>
void StateLayout<Real>::placeStates(const State& state, size_t array) {
  const bool isElementwise = state.extent == Extent::element;
  size_t length = (*parameters_)[array].frozen ? 0 : parameters_->lengthOf(array);
  if (length > 0 && !isElementwise) {
    const Matrices shape = matricesOf((*parameters_)[array].shape);
    length = shape.count * (state.extent == Extent::row ? shape.rows : shape.columns);
  }
  StoredState stored{};
  stored.isElementwise = isElementwise;
  stored.isSigned = state.moment == Moment::signedMoment;
  stored.isSquare = state.isSquare || state.moment == Moment::unsignedMoment;
  stored.encoding = state.moment != Moment::none && length >= kLeastEncoded ? encoding_ : Encoding::plain;
  const NumberType type = stored.encoding == Encoding::plain      ? kNumberType<Real>
                          : stored.encoding == Encoding::bfloat16 ? NumberType::bfloat16
                                                                  : NumberType::uint8;
  stored.place = places_.size();
  stored.offset = place(state.name, array, type, length);
  if (stored.encoding == Encoding::uint8)
    stored.scales =
        place(std::string(state.name) + ".scale", array, NumberType::float32, (length + kScaleBlock - 1) / kScaleBlock);
  stored_[array].push_back(stored);
}

template <typename Real>
bool StateLayout<Real>::isPlain(size_t array) const {
  return std::ranges::all_of(stored_[array], [](const auto& stored) { return stored.encoding == Encoding::plain; });
}

template <typename Real>
void StateLayout<Real>::begin(size_t array, std::byte* state, Real** states) const {
  std::ranges::transform(stored_[array], states,
                         [&](const auto& stored) { return reinterpret_cast<Real*>(state + stored.offset); });
}

template <typename Real>
void StateLayout<Real>::decode(const Kernels& kernels, const Piece& block, std::byte* state,
                               Real (*buffers)[Parameters::kBlock], Real** states) const {
  const std::vector<StoredState>& all = stored_[block.array];
  for (size_t s = 0; s < all.size(); ++s) {
    if (!all[s].isElementwise) continue;
    const bool isPlain = all[s].encoding == Encoding::plain;
    states[s] = isPlain ? reinterpret_cast<Real*>(state + all[s].offset) + block.begin : buffers[s];
    if (!isPlain)
      kernels.of<Real>().decode(all[s].encoding, all[s].isSigned, codesAt(all[s], block, state),
                                scalesAt(all[s], block, state), buffers[s], block.count());
  }
}

template <typename Real>
void StateLayout<Real>::encode(const Kernels& kernels, const Piece& block, std::byte* state, int64_t t,
                               Real* const* states) const {
  const std::vector<StoredState>& all = stored_[block.array];
  const uint32_t dither =
      static_cast<uint32_t>(parameters_->offsetOf(block.array) + block.begin) * kElementDither + stepDither(t);
  for (size_t s = 0; s < all.size(); ++s)
    if (all[s].encoding != Encoding::plain)
      kernels.of<Real>().encode(all[s].encoding, all[s].isSigned, states[s], dither, codesAt(all[s], block, state),
                                scalesAt(all[s], block, state), block.count());
}

template <typename Real>
std::string StateLayout<Real>::faultOf(const Kernels& kernels, std::byte* state) const {
  const auto isNegative = [](auto x) { return x < 0; };
  for (size_t i = 0; i < stored_.size(); ++i)
    for (const StoredState& stored : stored_[i]) {
      const StatePlace& place = places_[stored.place];
      if (stored.encoding == Encoding::uint8) {
        const auto* const scales = reinterpret_cast<const float*>(state + stored.scales);
        if (std::any_of(scales, scales + ceilTo(place.length, kScaleBlock) / kScaleBlock, isNegative))
          return place.name + ".scale." + std::to_string(i) + " is negative";
      } else if (stored.isSquare) {
        Real buffer[Parameters::kBlock];
        for (size_t begin = 0; begin < place.length; begin += Parameters::kBlock) {
          const size_t count = std::min(Parameters::kBlock, place.length - begin);
          if (stored.encoding == Encoding::plain)
            std::copy_n(reinterpret_cast<const Real*>(state + stored.offset) + begin, count, buffer);
          else
            kernels.of<Real>().decode(stored.encoding, stored.isSigned,
                                      codesAt(stored, {i, begin, begin + count}, state), nullptr, buffer, count);
          if (std::any_of(buffer, buffer + count, isNegative))
            return place.name + "." + std::to_string(i) + " is negative, but is made of squares";
        }
      }
    }
  if (counters(state).steps == 0) return "";
  for (size_t k = 0; k < rangesOfTotals_.size(); ++k) {
    const auto [least, most] = rangesOfTotals_[k];
    if (const double total = totals(state)[k]; !(total >= least && total <= most))
      return "totals[" + std::to_string(k) + "] is beyond what the rule makes";
  }
  return "";
}

template class StateLayout<float>;
template class StateLayout<double>;

}  // namespace glissade
