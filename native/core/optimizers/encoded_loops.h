// The update of elements whose moving averages are stored in fewer bits: decoded, updated and encoded in one sweep.
//
// Assumes    as update in rule_loops.h; element i of a state is at [i] of `places`, encoded if the state is a moment.
//            The first element of bytes is the first one of a block of kScaleBlock.
// Alignment  that of the elements
// Reads      elements [0, count)
// Writes     elements [0, count) of θ and states, and the scale of each block of bytes, the last one shorter
// Order      by element
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "optimizers/element_loop.h"
#include "optimizers/encodings.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

// The elements of a state: [i] is what `update` changes as `number`, and `store` then puts back.

template <typename Real>
struct PlainElements {
  Real* numbers;

  struct Element {
    Real& number;
    void store(uint32_t) const {}
  };
  Element operator[](size_t i) const { return {numbers[i]}; }
};

template <typename Real>
struct Bfloat16Elements {
  uint16_t* codes;

  struct Element {
    Real number;
    uint16_t& code;
    void store(uint32_t dither) const { code = toBfloat16(static_cast<float>(number), dither); }
  };
  Element operator[](size_t i) const { return {Real(fromBfloat16(codes[i])), codes[i]}; }
};

/// The scale of bytes follows from all numbers of their block, which are kept until then.
template <typename Real, bool isSigned>
struct ByteElements {
  const uint8_t* codes;
  float scale;
  Real* numbers;

  struct Element {
    Real number;
    Real& kept;
    void store(uint32_t) const { kept = number; }
  };
  Element operator[](size_t i) const { return {Real(Byte<isSigned>::decode(codes[i], scale)), numbers[i]}; }
};

/// Where the states of a block of elements lie, and the memory in which numbers of bytes are kept.
template <typename R, Encoding kEncoding, typename Real>
struct EncodedBlock {
  const EncodedStates& states;
  size_t begin;
  uint32_t size, dither;
  Real (*kept)[kScaleBlock];

  template <size_t kState>
  auto elements() const {
    if constexpr (R::kStates[kState].moment == Moment::none)
      return PlainElements<Real>{static_cast<Real*>(states.places[kState]) + begin};
    else if constexpr (kEncoding == Encoding::bfloat16)
      return Bfloat16Elements<Real>{static_cast<uint16_t*>(states.places[kState]) + begin};
    else
      return ByteElements<Real, R::kStates[kState].moment == Moment::signedMoment>{
          static_cast<const uint8_t*>(states.places[kState]) + begin, states.scales[kState][begin / kScaleBlock],
          kept[kState]};
  }

  /// Encodes the numbers that were kept.
  template <size_t kState>
  void conclude() const {
    if constexpr (kEncoding == Encoding::uint8 && R::kStates[kState].moment != Moment::none)
      encodeBytes<R::kStates[kState].moment == Moment::signedMoment>(
          kept[kState], dither, static_cast<uint8_t*>(states.places[kState]) + begin,
          states.scales[kState] + begin / kScaleBlock, size);
  }
};

template <typename R, Encoding kEncoding, typename Real, size_t... kStates>
void updateIn(const typename R::Scalars& s, Real scale, const Real* gradient, Real* theta, const EncodedStates& states,
              size_t count, std::index_sequence<kStates...>) {
  Real kept[kMaxStates][kScaleBlock];
  forEachScaleBlock(
      count, states.dither, [&](size_t begin, uint32_t size, uint32_t first) __attribute__((always_inline)) {
        const EncodedBlock<R, kEncoding, Real> block{states, begin, size, first, kept};
        const Real* const g = gradient + begin;
        Real* const t = theta + begin;
        forEachElement(
            0, size,
            [&](size_t i, auto... state) __attribute__((always_inline)) {
              R::update(s, scale * g[i], t[i], state.number...);
              (state.store(first + kDither.ahead[i]), ...);
            },
            block.template elements<kStates>()...);
        (block.template conclude<kStates>(), ...);
      });
}

template <typename R, typename Real>
void updateEncoded(Encoding encoding, const void* scalars, Real scale, const Real* gradient, Real* theta,
                   const EncodedStates& states, size_t count) {
  typename R::Scalars s;
  __builtin_memcpy(&s, scalars, sizeof s);
  if (encoding == Encoding::bfloat16)
    updateIn<R, Encoding::bfloat16>(s, scale, gradient, theta, states, count, ElementStates<R>());
  else
    updateIn<R, Encoding::uint8>(s, scale, gradient, theta, states, count, ElementStates<R>());
}

/// Whether any state of a rule's elements may be stored in fewer bits.
template <typename R>
constexpr bool hasMoments() {
  for (int s = 0; s < countOf(R::kStates); ++s)
    if (firstOf(R::kStates)[s].moment != Moment::none) return true;
  return false;
}

}  // namespace
}  // namespace glissade
